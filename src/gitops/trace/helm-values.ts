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
import { type KeyPath, valueAt } from "../../manifests/key-path.ts";
import { inFolder } from "../find/charts.ts";
import type { HelmStep } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { chartReads, resourceMaps, scalarsRead, subcharts } from "./chart-reads.ts";
import type { Place } from "./place.ts";
import { type Layer, layersOf } from "./values-layers.ts";

/** Large charts have some hundreds. */
const MOST_KEYS = 20_000;

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
