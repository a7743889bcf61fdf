import path from "node:path/posix";
import type { Reason } from "../domain/reason.ts";
import { RESOURCE_FIELDS, type ResourceField, splitField } from "../domain/resources.ts";
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { appendItem } from "../manifests/edit-yaml.ts";
import { inFolder } from "./find/charts.ts";
import { kustomizationOf } from "./find/kustomizations.ts";
import type { HelmStep, KustomizeStep } from "./recipe.ts";
import { type FieldPlace, type LayerKind, placeOf, type ScannedContainer } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";
import { valuesKeyOf } from "./trace/helm-values.ts";
import { layersOf } from "./trace/values-layers.ts";
import type { Place } from "./trace/place.ts";
import { Positions } from "./trace/position.ts";

/**
 * Where a number can be set for one recipe alone, though it is written in a place that others share: a
 * stronger values file of a chart (`values`), a patch of an overlay (`patch`). Texts that have to be there
 * before the number itself is set are put into `prepared`, by their paths.
 */
export async function specificPlace(
  scan: RepositoryScan,
  at: ScannedContainer,
  resource: ResourceField,
  layer: LayerKind,
  prepared: Map<string, string>,
): Promise<FieldPlace | { refused: Reason }> {
  const shared = placeOf(at, resource);
  const step = at.recipe.steps[scan.rendered.get(at)?.object.step ?? 0];
  if (shared && shared.feeds.every(({ recipe }) => recipe === at.recipe.id)) return shared;
  if (layer === "patch" && step?.tool === "kustomize")
    return await inPatch(scan, at, resource, step, prepared);
  if (layer !== "patch" && step?.tool === "helm" && shared)
    return await inValues(scan, at, shared, step, layer);
  return refused(
    `${at.recipe.kind} ${at.recipe.path} has no layer of the kind "${layer}" in which ${resource} could be set`,
  );
}

async function inValues(
  scan: RepositoryScan,
  at: ScannedContainer,
  shared: FieldPlace,
  step: HelmStep,
  layer: LayerKind,
): Promise<FieldPlace | { refused: Reason }> {
  const key = await valuesKeyOf(shared, step, scan.sources, at.recipe.path);
  const layers = await layersOf(step, scan.sources, at.recipe.path);
  const own = layers.toReversed().flatMap((one): Place[] => {
    const place = key && one.placeOf(key);
    const wanted =
      one.kind === layer || (layer === "values" && one.kind === "chart-values" && layers.length === 1);
    return place && wanted && !readByOthers(scan, at, place.file) ? [place] : [];
  });
  const [place] = own;
  if (!place) return refused(`no ${layer} layer belongs to ${at.recipe.id} alone`);
  const feeds = shared.feeds.filter(({ recipe }) => recipe === at.recipe.id);
  const position = await new Positions(scan.sources).of(place);
  return { ...place, ...position, present: false, layer, feeds };
}

/** Whether another recipe takes values from the file, or has it in a kustomization. */
function readByOthers(scan: RepositoryScan, at: ScannedContainer, file: string): boolean {
  return scan.expanded.some(({ recipe, outcome }) => {
    if (recipe.id === at.recipe.id || "refused" in outcome || !outcome.reads.has(file)) return false;
    // A chart's folder may hold values files of which its recipe takes no notice.
    return recipe.steps.some(
      (step) =>
        step.tool !== "helm" ||
        step.values.some((layer) => "file" in layer && layer.file === file) ||
        ("path" in step.chart && file === inFolder(step.chart.path, "values.yaml")),
    );
  });
}

async function inPatch(
  scan: RepositoryScan,
  at: ScannedContainer,
  resource: ResourceField,
  step: KustomizeStep,
  prepared: Map<string, string>,
): Promise<FieldPlace | { refused: Reason }> {
  const existing = inExistingPatch(at, resource);
  if (existing) return existing;
  const { sources } = scan;
  const kustomization = kustomizationOf(sources, step.folder);
  if (kustomization === undefined)
    return refused("the folder has no kustomization to which a patch could be added");
  if (readByOthers(scan, at, kustomization)) return refused(`${kustomization} is shared with other recipes`);
  const rendered = scan.rendered.get(at);
  if (!rendered) return refused("the container is not rendered");
  const name = (await writtenName(scan, at)) ?? at.workload;
  const whose = at.container === name ? name : `${name}-${at.container}`;
  const file = path.join(step.folder, `resources-${at.kind.toLowerCase()}-${whose}.yaml`);
  const list = at.role === "main" ? "containers" : "initContainers";
  const podSpec = rendered.container.path.slice(0, -2);
  if (sources.has(file)) return refused(`${file} is there already, and does not set ${resource}`);
  if (!prepared.has(file)) {
    const listed = prepared.get(kustomization) ?? (await textOf(scan, kustomization));
    const added = appendItem(listed, "patches", { path: path.basename(file) });
    if ("refused" in added) return { refused: { ...added.refused, file: kustomization } };
    prepared.set(kustomization, added.text);
    prepared.set(file, patchText(rendered.object.value, name, podSpec.map(String), list, at.container));
  }
  const keyPath = [...podSpec, list, 0, "resources", ...splitField(resource)];
  return { file, document: 0, path: keyPath, line: 1, column: 1, present: false, layer: "patch", feeds: [] };
}

/** Beside another number of the container, in a patch that only this recipe has. */
function inExistingPatch(at: ScannedContainer, resource: ResourceField): FieldPlace | undefined {
  const siblings = RESOURCE_FIELDS.flatMap((field) => placeOf(at, field) ?? []).filter(
    ({ layer, present, feeds }) =>
      layer === "patch" && present && feeds.every(({ recipe }) => recipe === at.recipe.id),
  );
  const [side] = splitField(resource);
  const sibling = siblings.find(({ path: keys }) => keys.at(-2) === side) ?? siblings[0];
  if (sibling?.path.at(-3) !== "resources" || sibling.inner) return undefined;
  const { text: _text, ...place } = sibling;
  return { ...place, path: [...place.path.slice(0, -2), ...splitField(resource)], present: false };
}

async function textOf({ sources }: RepositoryScan, file: string): Promise<string> {
  const source = await sources.text(file);
  return "refused" in source ? "" : source.text;
}

/** What the manifest calls the workload, before prefixes and suffixes. */
async function writtenName({ sources }: RepositoryScan, at: ScannedContainer): Promise<string | undefined> {
  for (const resource of ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"] as const) {
    const place = placeOf(at, resource);
    const data = place && (await sources.data(place.file));
    const document = data && !("refused" in data) ? data.values[place.document] : undefined;
    const name =
      isRecord(document) && document["kind"] === at.kind
        ? valueAt(document, ["metadata", "name"])
        : undefined;
    if (typeof name === "string") return name;
  }
  return undefined;
}

/** A strategic-merge patch that names the container and sets nothing yet. */
function patchText(
  object: Readonly<Record<string, unknown>>,
  name: string,
  podSpec: readonly string[],
  list: string,
  container: string,
): string {
  const nested = podSpec.map((key, depth) => `${"  ".repeat(depth)}${key}:`);
  const indent = "  ".repeat(podSpec.length);
  return [
    `apiVersion: ${String(object["apiVersion"])}`,
    `kind: ${String(object["kind"])}`,
    "metadata:",
    `  name: ${name}`,
    ...nested,
    `${indent}${list}:`,
    `${indent}  - name: ${container}`,
    "",
  ].join("\n");
}

function refused(message: string): { refused: Reason } {
  return { refused: { code: "no-specific-layer", message } };
}
