import { sameQuantity } from "../../domain/quantity.ts";
import { describeReason, type Reason } from "../../domain/reason.ts";
import type { ResourceField } from "../../domain/resources.ts";
import { formatKeyPath, valueAt } from "../../manifests/key-path.ts";
import type { Expanded } from "../expand.ts";
import type { Sources } from "../sources.ts";
import { resourcePath } from "./candidates.ts";
import type { RenderedContainer } from "./containers.ts";
import { insertionPlace, layersOf } from "./values-layers.ts";
import { type Blocked, type Carrier, fieldOf } from "./mark.ts";
import type { Place } from "./place.ts";
import type { Positions } from "./position.ts";
import { unitOf } from "./sentinels.ts";

/** What feeds one number, or why it can't be changed. */
export type Finding =
  | { readonly place: Place; readonly present: boolean; readonly text?: string }
  | { readonly refused: Reason };

/** What was seen of one number of a container. */
export interface Sighting {
  readonly container: RenderedContainer;
  readonly resource: ResourceField;
  readonly before: string | undefined;
  /** With every place marked. */
  readonly after: string | undefined;
  readonly found: { readonly thing: Carrier; readonly suffix: string } | undefined;
  /** Why the recipe does not render once its places are marked. */
  readonly failed: Reason | undefined;
}

interface Surroundings {
  readonly sources: Sources;
  readonly expanded: readonly Expanded[];
  readonly blocked: readonly Blocked[];
  readonly positions: Positions;
}

export async function judge(sighting: Sighting, surroundings: Surroundings): Promise<Finding> {
  const { found, failed } = sighting;
  const { contestedBy, template } = sighting.container.object;
  if (contestedBy !== undefined)
    return refused(
      "several-manifests",
      `${contestedBy} and ${template ?? "another file"} declare the same object`,
      contestedBy,
    );
  if (found)
    return "candidate" in found.thing
      ? await ofCandidate(found.thing.candidate, found.suffix, sighting.container, surroundings)
      : await addition(found.thing, surroundings);
  if (failed)
    return refused(
      "trace-failed",
      `with other amounts in its files the recipe does not render: ${describeReason(failed)}`,
    );
  return { refused: await whyUnfed(sighting, surroundings) };
}

async function ofCandidate(
  { place, text }: { place: Place; text?: string },
  suffix: string,
  { recipe, object }: RenderedContainer,
  { sources }: Surroundings,
): Promise<Finding> {
  if (text === undefined) return { place, present: false };
  const { file } = place;
  if (suffix !== unitOf(text))
    return refused("computed", `the number is computed from ${formatKeyPath(place.path)} of ${file}`, file);
  if (place.path[0] === "spec" && place.path[1] === "postBuild")
    return refused(
      "templated-value",
      `the number is filled in from a variable of ${file}, which others may use`,
      file,
    );
  const data = await sources.data(file);
  const holder = "refused" in data ? undefined : data.values[place.document];
  const kind = valueAt(holder, ["kind"]);
  if (recipe.steps[object.step]?.tool !== "helm" && (kind === "ConfigMap" || kind === "Secret"))
    return refused(
      "computed",
      `the number is copied from the ${kind} in ${file}, which others may read`,
      file,
    );
  return { place, present: true, text };
}

async function addition(
  carrier: Extract<Carrier, { values: unknown }>,
  { expanded, sources }: Surroundings,
): Promise<Finding> {
  const recipe = expanded.find((one) => one.recipe.id === carrier.recipe)?.recipe;
  const step = recipe?.steps[carrier.step];
  const found =
    step?.tool === "helm"
      ? insertionPlace(await layersOf(step, sources, recipe?.path ?? ""), carrier.values)
      : undefined;
  if (found) return { place: found.place, present: false };
  return refused(
    "no-values-file",
    `the chart reads ${formatKeyPath(carrier.values)}, and no values file of the repository could hold it`,
  );
}

/** Nothing that was marked arrived: why, as well as can be told. */
async function whyUnfed(
  { container, resource, before, after }: Sighting,
  surroundings: Surroundings,
): Promise<Reason> {
  const blocked = await blockedCandidate(container, resource, before, surroundings);
  if (blocked) return blocked;
  const file = templateOf(container, surroundings.sources);
  const at = file === undefined ? {} : { file };
  if (before === undefined)
    return { code: "no-field", message: `nothing sets ${resource}, and no place to add it was found`, ...at };
  const source = file === undefined ? undefined : await surroundings.sources.text(file);
  const literal = source !== undefined && !("refused" in source) && source.text.includes(before);
  if (literal && sameQuantity(before, after))
    return { code: "in-template", message: `${resource} stands in the template itself`, ...at };
  return { code: "computed", message: `${resource} is computed from other values`, ...at };
}

/** Helm names a template by the chart in front; the tree knows the chart's folder. */
function templateOf({ object, recipe }: RenderedContainer, sources: Sources): string | undefined {
  const { template } = object;
  if (template === undefined || sources.has(template)) return template;
  const step = recipe.steps[object.step];
  if (step?.tool !== "helm" || !("path" in step.chart)) return undefined;
  const file = `${step.chart.path}/${template.split("/").slice(1).join("/")}`;
  return sources.has(file) ? file : undefined;
}

/** A place that may well feed the number, and that could not be marked. */
async function blockedCandidate(
  { recipe, container, workload }: RenderedContainer,
  resource: ResourceField,
  before: string | undefined,
  { sources, expanded, blocked, positions }: Surroundings,
): Promise<Reason | undefined> {
  const outcome = expanded.find((one) => one.recipe.id === recipe.id)?.outcome;
  if (!outcome || "refused" in outcome) return undefined;
  const possible = blocked.filter(
    ({ candidate: { place, text }, reason }) =>
      (outcome.reads.has(place.file) || place.file === recipe.path) &&
      fieldOf(place.inner?.path ?? place.path) === resource &&
      (reason.code === "templated-value" || sameQuantity(text, before)),
  );
  const told = async ({ candidate, reason }: Blocked): Promise<Reason> =>
    reason.line === undefined ? { ...reason, line: (await positions.of(candidate.place)).line } : reason;
  const own = JSON.stringify(resourcePath(container.path, resource));
  for (const one of possible.filter(({ candidate: { place } }) => JSON.stringify(place.path) === own)) {
    const { file, document } = one.candidate.place;
    const data = await sources.data(file);
    const declared = "refused" in data ? undefined : data.values[document];
    if (valueAt(declared, ["metadata", "name"]) === workload.name) return await told(one);
  }
  if (before === undefined) return undefined;
  const named = possible.find(({ candidate: { place } }) =>
    place.path.some((step) => step === workload.name || step === container.name),
  );
  const likely = named ?? possible[0];
  return likely && (await told(likely));
}

function refused(code: string, message: string, file?: string): Finding {
  return { refused: { code, message, ...(file === undefined ? {} : { file }) } };
}
