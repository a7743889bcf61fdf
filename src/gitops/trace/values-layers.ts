import path from "node:path/posix";
import { isDeepStrictEqual } from "node:util";
import { isRecord, type KeyPath, valueAt } from "../../manifests/key-path.ts";
import { inFolder } from "../find/charts.ts";
import type { HelmStep, Origin, ValuesSource } from "../recipe.ts";
import { parseYaml } from "../render/rendered.ts";
import type { Sources } from "../sources.ts";
import { firstDocument } from "./chart-reads.ts";
import type { Place } from "./place.ts";

/** A source of values as data, and where in the tree it can be edited. */
export interface Layer {
  readonly data: unknown;
  /** The place of a key in it; `undefined` where it can't be edited. */
  readonly placeOf: (values: KeyPath) => Place | undefined;
  readonly kind: "chart-values" | "values" | "inline-values";
}

/** Keys below keys that are looked through. */
const DEEPEST = 20;

/** From the chart's own values to the strongest layer; `declaredIn` is the file of what holds inline ones. */
export async function layersOf(step: HelmStep, sources: Sources, declaredIn: string): Promise<Layer[]> {
  const own = "path" in step.chart ? inFolder(step.chart.path, "values.yaml") : undefined;
  const chartLayer: Layer[] =
    own !== undefined && sources.has(own)
      ? [{ kind: "chart-values", data: await firstDocument(sources, own), placeOf: inFile(own) }]
      : [];
  const others = await Promise.all(
    step.values.map(async (layer) => await layerOf(layer, sources, declaredIn)),
  );
  return [...chartLayer, ...others];
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

async function layerOf(layer: ValuesSource, sources: Sources, declaredIn: string): Promise<Layer> {
  if ("file" in layer)
    return {
      kind:
        path.basename(layer.file) === "values.yaml" &&
        sources.has(path.join(path.dirname(layer.file), "Chart.yaml"))
          ? "chart-values"
          : "values",
      data: sources.has(layer.file) ? await firstDocument(sources, layer.file) : undefined,
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
