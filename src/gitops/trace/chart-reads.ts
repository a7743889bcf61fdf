import { isRecord, type KeyPath } from "../../manifests/key-path.ts";
import { chartMetadata, inFolder, isTemplate } from "../find/charts.ts";
import { resolveInTree, type Sources } from "../sources.ts";

const READ_BY_TEMPLATE = /\.Values((?:\.[A-Za-z_][\w]*)*\.[A-Za-z_]*[rR]esources)\b/g;
const SCALAR_BY_TEMPLATE = /\.Values((?:\.[A-Za-z_]\w*)*\.[A-Za-z_]*(?:[cC]pu|CPU|[mM]em|[mM]emory)\w*)\b/g;
const RESOURCES_KEY = /resources$/i;
/** Keys below keys that are looked through. */
const DEEPEST = 20;

/** What the templates and default values of a chart, and of those in it, name; subcharts under their alias. */
export async function chartReads(
  sources: Sources,
  chart: string,
  prefix: KeyPath,
  depth: number,
): Promise<KeyPath[]> {
  if (depth > 4) return [];
  const found: KeyPath[] = [];
  const defaults = inFolder(chart, "values.yaml");
  if (sources.has(defaults))
    for (const map of resourceMaps(await firstDocument(sources, defaults), []))
      found.push([...prefix, ...map]);
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

/** Keys about CPU or memory that a chart's templates read by themselves, such as `.Values.memoryLimit`. */
export async function scalarsRead(sources: Sources, chart: string): Promise<KeyPath[]> {
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

export function resourceMaps(value: unknown, at: KeyPath): KeyPath[] {
  if (!isRecord(value) || at.length > DEEPEST) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...at, key];
    const empty = child === null || isRecord(child);
    if (RESOURCES_KEY.test(key) && empty) return [here];
    return resourceMaps(child, here);
  });
}

export async function subcharts(
  sources: Sources,
  chart: string,
): Promise<{ folder: string; alias: string }[]> {
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

export async function firstDocument(sources: Sources, file: string): Promise<unknown> {
  const data = await sources.data(file);
  return "refused" in data ? undefined : data.values[0];
}
