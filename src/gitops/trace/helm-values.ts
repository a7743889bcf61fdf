import path from "node:path/posix";
import { isDeepStrictEqual } from "node:util";
import { isQuantity } from "../../domain/quantity.ts";
import {
  NO_RESOURCES,
  RESOURCE_FIELDS,
  type ResourceField,
  type Resources,
  splitField,
  withAmount,
} from "../../domain/resources.ts";
import { isRecord, type KeyPath, valueAt } from "../../manifests/key-path.ts";
import { chartMetadata, inFolder, isTemplate } from "../find/charts.ts";
import type { HelmStep, Origin, ValuesSource } from "../recipe.ts";
import { parseYaml } from "../render/rendered.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import type { Place } from "./place.ts";

/** A source of values as data, and where in the tree it can be edited. */
export interface Layer {
  readonly data: unknown;
  /** The place of a key in it; `undefined` where it can't be edited. */
  readonly placeOf: (values: KeyPath) => Place | undefined;
  readonly kind: "chart-values" | "values" | "inline-values";
}

const READ_BY_TEMPLATE = /\.Values((?:\.[A-Za-z_][\w]*)*\.[A-Za-z_]*[rR]esources)\b/g;
const SCALAR_BY_TEMPLATE = /\.Values((?:\.[A-Za-z_]\w*)*\.[A-Za-z_]*(?:[cC]pu|CPU|[mM]em|[mM]emory)\w*)\b/g;
const RESOURCES_KEY = /resources$/i;
const DEEPEST = 20;
/** Large charts have some hundreds. */
const MOST_KEYS = 20_000;

/** From the chart's own values to the strongest layer; `declaredIn` is the file of what holds inline ones. */
export async function layersOf(step: HelmStep, sources: Sources, declaredIn: string): Promise<Layer[]> {
  const own = "path" in step.chart ? inFolder(step.chart.path, "values.yaml") : undefined;
  const chartLayer: Layer[] =
    own !== undefined && sources.has(own)
      ? [{ kind: "chart-values", data: await first(sources, own), placeOf: inFile(own) }]
      : [];
  const others = await Promise.all(
    step.values.map(async (layer) => await layerOf(layer, sources, declaredIn)),
  );
  return [...chartLayer, ...others];
}

/** Amounts that layers of values set, and the place where each is set last. */
export interface SetResources {
  readonly current: Resources;
  readonly places: ReadonlyMap<
    ResourceField,
    { readonly place: Place; readonly layer: Layer["kind"]; readonly text: string }
  >;
}

/** The maps called `resources` in a release's own values that set something, the strongest layer winning. */
export async function setResources(
  step: HelmStep,
  sources: Sources,
  declaredIn: string,
): Promise<SetResources[]> {
  const layers = (await layersOf(step, sources, declaredIn)).filter(({ kind }) => kind !== "chart-values");
  const maps = new Map(
    layers.flatMap(({ data }) => resourceMaps(data, [])).map((map) => [JSON.stringify(map), map]),
  );
  return [...maps.values()].flatMap((map): SetResources[] => {
    const places = new Map<ResourceField, { place: Place; layer: Layer["kind"]; text: string }>();
    let current: Resources = NO_RESOURCES;
    for (const field of RESOURCE_FIELDS) {
      const key = [...map, ...splitField(field)];
      const layer = layers.findLast(({ data }) => valueAt(data, key) !== undefined);
      const [place, text] = [layer?.placeOf(key), String(valueAt(layer?.data, key))];
      if (!layer || !place || !isQuantity(text)) continue;
      places.set(field, { place, layer: layer.kind, text });
      current = withAmount(current, field, text);
    }
    return places.size > 0 ? [{ current, places }] : [];
  });
}

/** Keys of resources that a chart or a subchart may read and no layer sets, as paths of the values. */
export async function unsetResources(step: HelmStep, sources: Sources): Promise<KeyPath[]> {
  const layers = await layersOf(step, sources, "");
  const maps = new Map<string, KeyPath>();
  const add = (found: KeyPath): void => void maps.set(JSON.stringify(found), found);
  for (const { data } of layers) for (const found of resourceMaps(data, [])) add(found);
  if ("path" in step.chart) for (const found of await chartReads(sources, step.chart.path, [], 0)) add(found);
  const isSet = (key: KeyPath): boolean => layers.some(({ data }) => valueAt(data, key) !== undefined);
  const inMaps = [...maps.values()].flatMap((map) =>
    RESOURCE_FIELDS.map((field): KeyPath => [...map, ...splitField(field)]),
  );
  const scalars = "path" in step.chart ? await scalarsRead(sources, step.chart.path) : [];
  // A key below one that holds a scalar would take that scalar away.
  const blocked = (key: KeyPath): boolean =>
    key.some((_, length) => length > 0 && layers.some(({ data }) => isScalarAt(data, key.slice(0, length))));
  return [...inMaps, ...scalars].slice(0, MOST_KEYS).filter((key) => !isSet(key) && !blocked(key));
}

function isScalarAt(data: unknown, key: KeyPath): boolean {
  const value = valueAt(data, key);
  return value !== undefined && value !== null && typeof value !== "object";
}

/** Keys about CPU or memory that a chart's templates read by themselves, such as `.Values.memoryLimit`. */
async function scalarsRead(sources: Sources, chart: string): Promise<KeyPath[]> {
  const self = new Set([chart]);
  const found = new Map<string, KeyPath>();
  for (const file of sources.below(chart).filter((one) => isTemplate(one, self))) {
    const source = await sources.text(file);
    if ("refused" in source) continue;
    for (const [, keys = ""] of source.text.matchAll(SCALAR_BY_TEMPLATE))
      found.set(keys, keys.split(".").slice(1));
  }
  return [...found.values()].filter((key) => !key.some((step) => RESOURCES_KEY.test(String(step))));
}

/**
 * Where a person would add a key: the strongest layer that has the map of these resources, else the one that
 * has most of the way to it, else the strongest that can be edited.
 */
export function insertionPlace(
  layers: readonly Layer[],
  values: KeyPath,
): { place: Place; layer: Layer } | undefined {
  const ranked = layers
    .map((layer, index) => {
      const depth = depthIn(layer.data, values);
      // The map of the component's resources, above `requests.cpu`, is what a person looks for.
      return {
        layer,
        index,
        place: layer.placeOf(values),
        depth,
        hasMap: depth >= values.length - 2 && depth > 0,
      };
    })
    .filter(({ place }) => place !== undefined)
    .sort(
      (a, b) =>
        Number(b.hasMap) - Number(a.hasMap) || (a.hasMap ? 0 : b.depth - a.depth) || b.index - a.index,
    );
  const [best] = ranked;
  return best?.place ? { place: best.place, layer: best.layer } : undefined;
}

/** The key of the values that a place sets for a chart, the alias of a subchart in front. */
export async function valuesKeyOf(
  place: Place,
  step: HelmStep,
  sources: Sources,
  declaredIn: string,
): Promise<KeyPath | undefined> {
  for (const layer of await layersOf(step, sources, declaredIn)) {
    const base = layer.placeOf([]);
    if (base?.file !== place.file || base.document !== place.document) continue;
    if (place.inner) {
      if (isDeepStrictEqual(base.path, place.path)) return place.inner.path;
    } else if (isDeepStrictEqual(place.path.slice(0, base.path.length), base.path))
      return place.path.slice(base.path.length);
  }
  return "path" in step.chart ? await subchartKey(place, sources, step.chart.path, []) : undefined;
}

async function subchartKey(
  place: Place,
  sources: Sources,
  chart: string,
  prefix: KeyPath,
): Promise<KeyPath | undefined> {
  if (prefix.length > 4) return undefined;
  for (const { folder, alias } of await subcharts(sources, chart)) {
    const key = [...prefix, alias];
    if (place.file === inFolder(folder, "values.yaml")) return [...key, ...place.path];
    const deeper = await subchartKey(place, sources, folder, key);
    if (deeper) return deeper;
  }
  return undefined;
}

async function layerOf(layer: ValuesSource, sources: Sources, declaredIn: string): Promise<Layer> {
  if ("file" in layer)
    return {
      kind:
        path.basename(layer.file) === "values.yaml" &&
        sources.has(path.join(path.dirname(layer.file), "Chart.yaml"))
          ? "chart-values"
          : "values",
      data: sources.has(layer.file) ? await first(sources, layer.file) : undefined,
      placeOf: inFile(layer.file),
    };
  const parsed = parseYaml(layer.text);
  const data = "refused" in parsed ? undefined : parsed.values[0];
  const at = layer.at ?? (await writtenAt(layer.text, data, sources, declaredIn));
  if (at === undefined) return { kind: "inline-values", data, placeOf: () => undefined };
  const holder = await sources.data(at.file);
  const held = "refused" in holder ? undefined : valueAt(holder.values[at.document], at.path);
  return {
    kind: "inline-values",
    data,
    placeOf: (values) =>
      typeof held === "string"
        ? { file: at.file, document: at.document, path: at.path, inner: { document: 0, path: values } }
        : { file: at.file, document: at.document, path: [...at.path, ...values] },
  };
}

/** Where a file holds exactly these values: as text, or as a map. */
async function writtenAt(
  text: string,
  data: unknown,
  sources: Sources,
  file: string,
): Promise<(Origin & { path: KeyPath }) | undefined> {
  if (!sources.has(file) || !isRecord(data) || Object.keys(data).length === 0) return undefined;
  const holder = await sources.data(file);
  if ("refused" in holder) return undefined;
  const places = holder.values.flatMap((value, document) =>
    pathsTo(value, (found) => found === text || isDeepStrictEqual(found, data)).map((found) => ({
      file,
      document,
      path: found,
    })),
  );
  return places.length === 1 ? places[0] : undefined;
}

function pathsTo(value: unknown, isIt: (value: unknown) => boolean, at: KeyPath = []): KeyPath[] {
  if (isIt(value)) return [at];
  if (at.length > DEEPEST) return [];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => pathsTo(item, isIt, [...at, index]));
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, child]) => pathsTo(child, isIt, [...at, key]))
    : [];
}

function inFile(file: string): (values: KeyPath) => Place {
  return (values) => ({ file, document: 0, path: values });
}

async function first(sources: Sources, file: string): Promise<unknown> {
  const data = await sources.data(file);
  return "refused" in data ? undefined : data.values[0];
}

function resourceMaps(value: unknown, at: KeyPath): KeyPath[] {
  if (!isRecord(value) || at.length > DEEPEST) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...at, key];
    const empty = child === null || isRecord(child);
    if (RESOURCES_KEY.test(key) && empty) return [here];
    return resourceMaps(child, here);
  });
}

/** What the templates and default values of a chart, and of those in it, name; subcharts under their alias. */
async function chartReads(
  sources: Sources,
  chart: string,
  prefix: KeyPath,
  depth: number,
): Promise<KeyPath[]> {
  if (depth > 4) return [];
  const found: KeyPath[] = [];
  const defaults = inFolder(chart, "values.yaml");
  if (sources.has(defaults))
    for (const map of resourceMaps(await first(sources, defaults), [])) found.push([...prefix, ...map]);
  const self = new Set([chart]);
  for (const file of sources.below(chart).filter((one) => isTemplate(one, self))) {
    const source = await sources.text(file);
    if ("refused" in source) continue;
    for (const [, keys = ""] of source.text.matchAll(READ_BY_TEMPLATE))
      found.push([...prefix, ...keys.split(".").slice(1)]);
  }
  for (const { folder, alias } of await subcharts(sources, chart))
    for (const read of await chartReads(sources, folder, [...prefix, alias], depth + 1)) found.push(read);
  return found;
}

async function subcharts(sources: Sources, chart: string): Promise<{ folder: string; alias: string }[]> {
  const { dependencies } = await chartMetadata(sources, chart);
  const declared = Array.isArray(dependencies) ? dependencies.filter(isRecord) : [];
  return declared.flatMap(({ name, alias, repository }) => {
    if (typeof name !== "string") return [];
    const local =
      typeof repository === "string" && repository.startsWith("file://")
        ? resolveInTree(chart, repository.slice(7))
        : undefined;
    const vendored = inFolder(chart, `charts/${name}`);
    const folder = sources.hasFolder(vendored) ? vendored : local;
    return folder === undefined ? [] : [{ folder, alias: typeof alias === "string" ? alias : name }];
  });
}

/** How many keys of the way lead through maps that are there. */
function depthIn(data: unknown, values: KeyPath): number {
  let depth = 0;
  while (depth < values.length - 1) {
    const value = valueAt(data, values.slice(0, depth + 1));
    if (value === undefined) break;
    depth += 1;
  }
  return depth;
}
