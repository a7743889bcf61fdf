import { describeReason, type Reason } from "../../domain/reason.ts";
import { sameQuantity } from "../../domain/quantity.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField } from "../../domain/resources.ts";
import { formatKeyPath, type KeyPath } from "../../manifests/key-path.ts";
import { expand, type Expanded, type ExpandOptions } from "../expand.ts";
import { chartFolders, isTemplate } from "../find/charts.ts";
import type { Recipe } from "../recipe.ts";
import type { ContainerRef, Field, FieldPlace } from "../scan.ts";
import type { Sources } from "../sources.ts";
import { overlay, type Tree } from "../tree.ts";
import { type Candidate, missingCandidates, resourcePath, writtenCandidates } from "./candidates.ts";
import { containerKey, type RenderedContainer, renderedContainers } from "./containers.ts";
import { insertionPlace, layersOf, unsetResources } from "./helm-values.ts";
import { layerKindOf, type Roles, rolesOf } from "./layer-kind.ts";
import { type Place, placeKey } from "./place.ts";
import { Positions } from "./position.ts";
import { putAll, Sentinels, unitOf } from "./sentinels.ts";

/** What carries a sentinel: a scalar of a file, or a key that a chart reads and no layer sets. */
type Carrier =
  | { readonly candidate: Candidate }
  | { readonly recipe: string; readonly step: number; readonly values: KeyPath };

export interface Trace {
  /** By {@link containerKey}. */
  readonly fields: ReadonlyMap<string, Readonly<Record<ResourceField, Field>>>;
  readonly renders: number;
}

/**
 * Finds what feeds every number of every container: a copy of the tree gets a unique amount in each place
 * that could, all recipes are rendered from it once, and the amounts that arrive tell. No template, patch or
 * anchor has to be understood.
 */
export async function traceFields(
  tree: Tree,
  baseline: { readonly sources: Sources; readonly expanded: readonly Expanded[] },
  options: ExpandOptions,
): Promise<Trace> {
  const { sources, expanded } = baseline;
  const roles = await rolesOf(expanded, sources);
  const sentinels = new Sentinels<Carrier>();
  const { texts, refused } = await markFiles(sources, expanded, roles, sentinels);
  const unset = await markUnsetValues(sources, expanded, sentinels);
  const marked = await expand(overlay(tree, texts), {
    ...options,
    adapt: (recipe) => withSentinels(recipe, unset),
  });
  const arrived = new Map(
    marked.expanded.flatMap(renderedContainers).map((found) => [containerKey(found), found]),
  );
  const outcomes = new Map(marked.expanded.map(({ recipe, outcome }) => [recipe.id, outcome]));
  const tracer = new Tracer(sources, expanded, roles, refused);
  for (const container of expanded.flatMap(renderedContainers)) {
    const outcome = outcomes.get(container.recipe.id);
    const failed = outcome && "refused" in outcome ? outcome.refused : undefined;
    await tracer.add(container, arrived.get(containerKey(container)), sentinels, failed);
  }
  return { fields: await tracer.fields(), renders: marked.renders };
}

async function markFiles(
  sources: Sources,
  expanded: readonly Expanded[],
  roles: Roles,
  sentinels: Sentinels<Carrier>,
): Promise<{ texts: Map<string, string>; refused: Map<string, Reason> }> {
  const texts = new Map<string, string>();
  const refused = new Map<string, Reason>();
  for (const file of editableFiles(sources, expanded)) {
    const source = await sources.text(file);
    if ("refused" in source) continue;
    const written = await writtenCandidates(sources, file);
    const missing = roles.manifests.has(file) ? await missingCandidates(sources, file) : [];
    const wanted = [...written, ...missing].flatMap((candidate) => {
      const value = sentinels.amountFor({ candidate }, candidate.text, fieldOf(candidate.place.path));
      return value === undefined ? [] : [{ candidate, value }];
    });
    if (wanted.length === 0) continue;
    const put = putAll(source.text, wanted);
    for (const [place, reason] of put.refused) refused.set(place, { ...reason, file });
    if (put.text !== source.text) texts.set(file, put.text);
  }
  return { texts, refused };
}

/** YAML that some recipe reads or that declares one; never templates or charts that were vendored. */
function editableFiles(sources: Sources, expanded: readonly Expanded[]): string[] {
  const charts = new Set(chartFolders(sources));
  const vendored = (file: string): boolean =>
    [...charts].some((chart) => file.startsWith(chart === "" ? "charts/" : `${chart}/charts/`));
  const read = new Set<string>();
  for (const { recipe, outcome } of expanded) {
    if (sources.has(recipe.path)) read.add(recipe.path);
    if (!("refused" in outcome)) for (const file of outcome.reads) read.add(file);
  }
  return [...read].filter(
    (file) => sources.has(file) && isYaml(file) && !isTemplate(file, charts) && !vendored(file),
  );
}

function isYaml(file: string): boolean {
  return /\.(?:ya?ml|json)$/.test(file) || file.endsWith("Kustomization");
}

type Unset = ReadonlyMap<string, readonly { readonly values: KeyPath; readonly amount: string }[]>;

/** By recipe and step: keys for a layer below all others, which so can only set what nothing sets. */
async function markUnsetValues(
  sources: Sources,
  expanded: readonly Expanded[],
  sentinels: Sentinels<Carrier>,
): Promise<Unset> {
  const unset = new Map<string, { values: KeyPath; amount: string }[]>();
  for (const { recipe } of expanded)
    for (const [index, step] of recipe.steps.entries()) {
      if (step.tool !== "helm") continue;
      const keys = await unsetResources(step, sources);
      const marked = keys.flatMap((values) => {
        const amount = sentinels.amountFor(
          { recipe: recipe.id, step: index, values },
          undefined,
          fieldOf(values),
        );
        return amount === undefined ? [] : [{ values, amount }];
      });
      unset.set(JSON.stringify([recipe.id, index]), marked);
    }
  return unset;
}

function withSentinels(recipe: Recipe, unset: Unset): Recipe {
  return {
    ...recipe,
    steps: recipe.steps.map((step, index) => {
      if (step.tool !== "helm") return step;
      const keys = unset.get(JSON.stringify([recipe.id, index])) ?? [];
      const text = JSON.stringify(nested(keys));
      // A schema that knows the sensible amounts would refuse these; the edit itself is held against it.
      return { ...step, values: [{ text }, ...step.values], skipSchemaValidation: true };
    }),
  };
}

function nested(keys: readonly { readonly values: KeyPath; readonly amount: string }[]): object {
  const root: Record<string, unknown> = {};
  for (const { values, amount } of keys) {
    let map = root;
    for (const key of values.slice(0, -1).map(String)) {
      const inner = map[key];
      const next: Record<string, unknown> =
        typeof inner === "object" && inner !== null ? Object.fromEntries(Object.entries(inner)) : {};
      map[key] = next;
      map = next;
    }
    map[String(values.at(-1))] = amount;
  }
  return root;
}

/** `requests.cpu` of a path that ends so. */
function fieldOf(path: KeyPath): ResourceField | undefined {
  const end = path.slice(-2).join(".");
  return RESOURCE_FIELDS.find((field) => field === end);
}

const NOWHERE: Reason = { code: "no-field", message: "no place that could set it was found" };

interface Finding {
  readonly container: RenderedContainer;
  readonly resource: ResourceField;
  readonly place?: Place;
  readonly present?: boolean;
  readonly text?: string;
  readonly refused?: Reason;
}

class Tracer {
  readonly #sources: Sources;
  readonly #expanded: readonly Expanded[];
  readonly #roles: Roles;
  readonly #refused: ReadonlyMap<string, Reason>;
  readonly #positions: Positions;
  readonly #findings: Finding[] = [];

  constructor(
    sources: Sources,
    expanded: readonly Expanded[],
    roles: Roles,
    refused: ReadonlyMap<string, Reason>,
  ) {
    this.#sources = sources;
    this.#expanded = expanded;
    this.#roles = roles;
    this.#refused = refused;
    this.#positions = new Positions(sources);
  }

  async add(
    container: RenderedContainer,
    marked: RenderedContainer | undefined,
    sentinels: Sentinels<Carrier>,
    failed: Reason | undefined,
  ): Promise<void> {
    for (const resource of RESOURCE_FIELDS) {
      const before = amountOf(container.container.resources, resource);
      const after = marked && amountOf(marked.container.resources, resource);
      const found = after === undefined ? undefined : sentinels.find(after);
      this.#findings.push({
        container,
        resource,
        ...(await this.#judge(container, resource, { before, after, found, failed })),
      });
    }
  }

  async fields(): Promise<Map<string, Record<ResourceField, Field>>> {
    const feeds = Map.groupBy(
      this.#findings.filter(({ place }) => place !== undefined),
      ({ place }) => (place ? placeKey(place) : ""),
    );
    const fields = new Map<string, Record<ResourceField, Field>>();
    for (const [key, findings] of Map.groupBy(this.#findings, ({ container }) => containerKey(container))) {
      const describe = async (resource: ResourceField): Promise<Field> => {
        const finding = findings.find((one) => one.resource === resource);
        return finding
          ? await this.#describe(finding, feeds)
          : { resource, status: "refused", reason: NOWHERE };
      };
      fields.set(key, {
        "requests.cpu": await describe("requests.cpu"),
        "requests.memory": await describe("requests.memory"),
        "limits.cpu": await describe("limits.cpu"),
        "limits.memory": await describe("limits.memory"),
      });
    }
    return fields;
  }

  async #judge(
    container: RenderedContainer,
    resource: ResourceField,
    seen: {
      before: string | undefined;
      after: string | undefined;
      found: { thing: Carrier; suffix: string } | undefined;
      failed: Reason | undefined;
    },
  ): Promise<Pick<Finding, "place" | "present" | "text" | "refused">> {
    const { before, after, found, failed } = seen;
    if (failed)
      return {
        refused: {
          code: "trace-failed",
          message: `with other amounts in its files the recipe does not render: ${describeReason(failed)}`,
        },
      };
    if (!found) return { refused: this.#unfed(container, resource, before, after) };
    if (!("candidate" in found.thing)) return await this.#insertion(found.thing);
    const { place, text } = found.thing.candidate;
    if (text === undefined) return { place, present: false };
    if (found.suffix !== unitOf(text))
      return {
        refused: {
          code: "computed",
          message: `the number is computed from ${formatKeyPath(place.path)} of ${place.file}`,
          file: place.file,
        },
      };
    if (isSubstitution(place))
      return {
        refused: {
          code: "templated-value",
          message: `the number is filled in from a variable of ${place.file}`,
          file: place.file,
        },
      };
    return { place, present: true, text };
  }

  async #insertion(carrier: {
    recipe: string;
    step: number;
    values: KeyPath;
  }): Promise<Pick<Finding, "place" | "present" | "refused">> {
    const step = this.#expanded.find(({ recipe }) => recipe.id === carrier.recipe)?.recipe.steps[
      carrier.step
    ];
    const found =
      step?.tool === "helm" ? insertionPlace(await layersOf(step, this.#sources), carrier.values) : undefined;
    if (found) return { place: found.place, present: false };
    return {
      refused: {
        code: "no-values-file",
        message: `the chart reads ${formatKeyPath(carrier.values)}, and no values file of the tree could hold it`,
      },
    };
  }

  /** Nothing that was marked arrived: why, as well as can be told. */
  #unfed(
    container: RenderedContainer,
    resource: ResourceField,
    before: string | undefined,
    after: string | undefined,
  ): Reason {
    const blocked = before === undefined ? undefined : this.#blockedCandidate(container, resource);
    if (blocked) return blocked;
    const { template } = container.object;
    const file = template === undefined ? {} : { file: template };
    if (before === undefined && after === undefined)
      return {
        code: "no-field",
        message: `nothing sets ${resource}, and no place to add it was found`,
        ...file,
      };
    if (!sameQuantity(before, after))
      return { code: "computed", message: `${resource} is computed from other values`, ...file };
    return { code: "in-template", message: `${resource} stands in the template itself`, ...file };
  }

  /** A place that may well feed it, and that could not be marked. */
  #blockedCandidate({ recipe, container }: RenderedContainer, resource: ResourceField): Reason | undefined {
    const expanded = this.#expanded.find((one) => one.recipe.id === recipe.id);
    if (!expanded || "refused" in expanded.outcome) return undefined;
    const own = JSON.stringify(resourcePath(container.path, resource));
    const blocked = [...this.#refused].filter(
      ([, { file }]) =>
        file !== undefined &&
        expanded.outcome &&
        !("refused" in expanded.outcome) &&
        expanded.outcome.reads.has(file),
    );
    const exact = blocked.find(([key]) => key.includes(own.slice(1, -1)));
    const similar = blocked.find(([key]) => key.includes(JSON.stringify(resource.split(".")).slice(1, -1)));
    return (exact ?? similar)?.[1];
  }

  async #describe(finding: Finding, feeds: ReadonlyMap<string, readonly Finding[]>): Promise<Field> {
    const { resource, place, present = false, text } = finding;
    if (!place)
      return {
        resource,
        status: "refused",
        reason: finding.refused ?? NOWHERE,
      };
    const described: FieldPlace = {
      ...place,
      ...(await this.#positions.of(place)),
      present,
      ...(text === undefined ? {} : { text }),
      layer: await layerKindOf(place, this.#sources, this.#roles),
      feeds: (feeds.get(placeKey(place)) ?? []).map(({ container }) => refOfRendered(container)),
    };
    return { resource, status: "proven", place: described };
  }
}

function refOfRendered({ recipe, workload, container }: RenderedContainer): ContainerRef {
  return {
    recipe: recipe.id,
    workload: `${workload.kind}/${workload.namespace ?? ""}/${workload.name}`,
    container: container.name,
  };
}

function isSubstitution({ path }: Place): boolean {
  return path[0] === "spec" && path[1] === "postBuild";
}
