import { amountOf, RESOURCE_FIELDS, type ResourceField, splitField } from "../../domain/resources.ts";
import type { KeyPath } from "../../manifests/key-path.ts";
import { expand, type Expanded, type ExpandOptions, stillKnown } from "../expand.ts";
import type { ContainerRef, Field, FieldPlace } from "../scan.ts";
import type { Sources } from "../sources.ts";
import { containerKey, type RenderedContainer, renderedContainers } from "./containers.ts";
import { type Finding, judge } from "./judge.ts";
import { layerKindOf, type Roles, rolesOf } from "./layer-kind.ts";
import { type Additions, type Blocked, type Carrier, fieldOf, mark } from "./mark.ts";
import { type Place, placeKey } from "./place.ts";
import { Positions } from "./position.ts";
import { Sentinels } from "./sentinels.ts";

type Fields = Readonly<Record<ResourceField, Field>>;

export interface Trace {
  /** By {@link containerKey}. */
  readonly fields: ReadonlyMap<string, Fields>;
  readonly renders: number;
}

interface Baseline {
  readonly sources: Sources;
  readonly expanded: readonly Expanded[];
}

/**
 * Finds what feeds every number of every container: a copy of the tree gets a unique amount in each place
 * that could, all recipes are rendered from it once, and the amounts that arrive tell. No template, patch or
 * anchor has to be understood. A recipe in which an added number may hide a written one, or which does not
 * render with additions, is rendered a second time without them; one with a container that stands in a patch
 * alone, a second time with additions there.
 */
export async function traceFields(baseline: Baseline, options: ExpandOptions): Promise<Trace> {
  const roles = await rolesOf(baseline.expanded, baseline.sources);
  const containers = baseline.expanded.flatMap(renderedContainers);
  const full = await render(baseline, roles, options, { additions: "manifests" });
  const doubted = new Set(containers.filter((one) => isDoubtful(one, full)).map(({ recipe }) => recipe.id));
  const plain =
    doubted.size > 0
      ? await render(baseline, roles, options, { additions: "none", only: doubted })
      : undefined;
  const unfed = new Set(containers.filter((one) => isUnfed(one, full)).map(({ recipe }) => recipe.id));
  const patched =
    unfed.size > 0
      ? await render(baseline, roles, options, { additions: "patches", only: unfed })
      : undefined;
  const positions = new Positions(baseline.sources);
  const findings = new Map<string, Record<ResourceField, Finding>>();
  for (const container of containers) {
    const find = async (resource: ResourceField): Promise<Finding> => {
      const before = amountOf(container.container.resources, resource);
      const written = doubted.has(container.recipe.id) ? plain?.arrival(container, resource) : undefined;
      const first = full.arrival(container, resource);
      const added = isUnfed(container, full) ? patched?.arrival(container, resource) : undefined;
      const seen = [written, first, added].find((arrival) => arrival?.found) ?? first;
      return await judge(
        { container, resource, before, ...seen },
        { ...baseline, blocked: full.blocked, positions },
      );
    };
    findings.set(containerKey(container), besideOthers(await ofEachField(find)));
  }
  return {
    fields: await describe(containers, findings, baseline.sources, roles, positions),
    renders: full.renders + (plain?.renders ?? 0) + (patched?.renders ?? 0),
  };
}

type Arrival = {
  after: string | undefined;
  found: { thing: Carrier; suffix: string } | undefined;
  failed: Extract<Finding, { refused: unknown }>["refused"] | undefined;
};

interface Pass {
  readonly arrival: (container: RenderedContainer, resource: ResourceField) => Arrival;
  readonly blocked: readonly Blocked[];
  readonly renders: number;
}

async function render(
  { sources, expanded }: Baseline,
  roles: Roles,
  options: ExpandOptions,
  { additions, only }: { readonly additions: Additions; readonly only?: ReadonlySet<string> },
): Promise<Pass> {
  const sentinels = new Sentinels<Carrier>();
  const { texts, adapt, blocked } = await mark(sources, expanded, roles, sentinels, { additions });
  const before = new Map(expanded.map((one) => [one.recipe.id, one]));
  const touched = new Set(texts.keys());
  const marked = await expand(sources.with(texts), {
    ...options,
    adapt,
    known: ({ id }) => stillKnown(before.get(id), touched),
    // What does not render as it is shows nothing with marks either, and may take its time for that.
    skip: ({ id }) => isRefused(before.get(id)) || (only?.has(id) === false && !declaresOthers(expanded, id)),
  });
  const arrived = new Map(marked.expanded.flatMap(renderedContainers).map((one) => [containerKey(one), one]));
  const outcomes = new Map(marked.expanded.map(({ recipe, outcome }) => [recipe.id, outcome]));
  return {
    blocked,
    renders: marked.renders,
    arrival(container, resource) {
      const there = arrived.get(containerKey(container));
      const after = there && amountOf(there.container.resources, resource);
      const outcome = outcomes.get(container.recipe.id);
      return {
        after,
        found: after === undefined ? undefined : sentinels.find(after),
        failed: outcome && "refused" in outcome ? outcome.refused : undefined,
      };
    },
  };
}

function isRefused(one: Expanded | undefined): boolean {
  return one !== undefined && "refused" in one.outcome;
}

/** A recipe on which others depend has to be rendered for their sake. */
function declaresOthers(expanded: readonly Expanded[], id: string): boolean {
  const outcome = expanded.find(({ recipe }) => recipe.id === id)?.outcome;
  return outcome !== undefined && !("refused" in outcome) && outcome.declares;
}

/** A number that is rendered now, and for which nothing but an addition arrived. */
function isDoubtful(container: RenderedContainer, full: Pass): boolean {
  return RESOURCE_FIELDS.some((resource) => {
    if (amountOf(container.container.resources, resource) === undefined) return false;
    const { found } = full.arrival(container, resource);
    return !found || !("candidate" in found.thing) || found.thing.candidate.text === undefined;
  });
}

/** A container of a kustomization without any numbers, and none that was added to its manifest arrived. */
function isUnfed(container: RenderedContainer, full: Pass): boolean {
  const { recipe, object } = container;
  if (recipe.steps[object.step]?.tool !== "kustomize") return false;
  return RESOURCE_FIELDS.every((resource) => {
    const { found, failed } = full.arrival(container, resource);
    return !found && !failed && amountOf(container.container.resources, resource) === undefined;
  });
}

/** What nothing sets is added beside the container's other numbers, where these are written out. */
function besideOthers(findings: Record<ResourceField, Finding>): Record<ResourceField, Finding> {
  const written = RESOURCE_FIELDS.flatMap((field) => {
    const finding = findings[field];
    return "place" in finding && finding.present && fieldOf(innermost(finding.place)) === field
      ? [{ field, place: finding.place }]
      : [];
  });
  const completed = { ...findings };
  for (const field of RESOURCE_FIELDS) {
    const finding = findings[field];
    const [side] = splitField(field);
    const sibling = written.find((one) => splitField(one.field)[0] === side) ?? written[0];
    if ("refused" in finding && finding.refused.code === "no-field" && sibling)
      completed[field] = { place: withEnd(sibling.place, splitField(field)), present: false };
  }
  return completed;
}

function innermost({ path, inner }: Place): KeyPath {
  return inner?.path ?? path;
}

function withEnd(place: Place, end: KeyPath): Place {
  const { path, inner } = place;
  if (inner) return { ...place, inner: { ...inner, path: [...inner.path.slice(0, -end.length), ...end] } };
  return { ...place, path: [...path.slice(0, -end.length), ...end] };
}

async function describe(
  containers: readonly RenderedContainer[],
  findings: ReadonlyMap<string, Readonly<Record<ResourceField, Finding>>>,
  sources: Sources,
  roles: Roles,
  positions: Positions,
): Promise<Map<string, Fields>> {
  const feeds = new Map<string, ContainerRef[]>();
  for (const container of containers)
    for (const finding of Object.values(findings.get(containerKey(container)) ?? {}))
      if ("place" in finding)
        feeds.set(placeKey(finding.place), [...(feeds.get(placeKey(finding.place)) ?? []), refOf(container)]);
  const fields = new Map<string, Fields>();
  for (const [key, found] of findings)
    fields.set(
      key,
      await ofEachField(async (resource): Promise<Field> => {
        const finding = found[resource];
        if ("refused" in finding) return { resource, status: "refused", reason: finding.refused };
        const { place, present, text } = finding;
        const described: FieldPlace = {
          ...place,
          ...(await positions.of(place)),
          present,
          ...(text === undefined ? {} : { text }),
          layer: await layerKindOf(place, sources, roles),
          feeds: feeds.get(placeKey(place)) ?? [],
        };
        return { resource, status: "proven", place: described };
      }),
    );
  return fields;
}

async function ofEachField<Value>(
  of: (resource: ResourceField) => Promise<Value>,
): Promise<Record<ResourceField, Value>> {
  return {
    "requests.cpu": await of("requests.cpu"),
    "requests.memory": await of("requests.memory"),
    "limits.cpu": await of("limits.cpu"),
    "limits.memory": await of("limits.memory"),
  };
}

function refOf({ recipe, workload, container }: RenderedContainer): ContainerRef {
  return {
    recipe: recipe.id,
    workload: `${workload.kind}/${workload.namespace ?? ""}/${workload.name}`,
    container: container.name,
  };
}
