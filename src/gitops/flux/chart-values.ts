import { inFolder } from "../find/charts.ts";
import { isRecord } from "../../manifests/key-path.ts";
import type { ValuesSource } from "../recipe.ts";
import { shownName } from "../render/message.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import { refuse } from "../refusal.ts";

/**
 * Values files take the place of the chart's own `values.yaml`, which counts only where it is among them;
 * they are found from the repository's root. Helm always reads the chart's own: what it would add is set to
 * null, below all else.
 */
export async function chartValues(
  chart: string,
  named: readonly string[],
  sources: Sources,
  ignoreMissing: boolean,
): Promise<readonly ValuesSource[]> {
  const own = inFolder(chart, "values.yaml");
  const files = named.flatMap((name) => {
    const file = resolveInTree("", name);
    if (file !== undefined && sources.has(file)) return [file];
    return ignoreMissing ? [] : refuse("missing-values", `there is no file ${shownName(name)}`);
  });
  if (files.length === 0) return [];
  if (files[0] === own) return files.slice(1).map((file) => ({ file }));
  const layers = files.map((file) => ({ file }));
  if (files.includes(own) || !sources.has(own)) return layers;
  const given = await Promise.all(files.map(async (file) => await valuesIn(file, sources)));
  const hidden = hide(await valuesIn(own, sources), given);
  return Object.keys(hidden).length === 0 ? layers : [{ text: JSON.stringify(hidden) }, ...layers];
}

/** Null for every key of `values` that none of `given` has. */
function hide(
  values: Readonly<Record<string, unknown>>,
  given: readonly Readonly<Record<string, unknown>>[],
): Record<string, unknown> {
  const hidden = Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const set = given.filter((layer) => Object.hasOwn(layer, key)).map((layer) => layer[key]);
    if (set.length === 0) return [[key, null]];
    if (!isRecord(value)) return [];
    const inner = hide(value, set.filter(isRecord));
    return Object.keys(inner).length === 0 || !isRecord(set.at(-1)) ? [] : [[key, inner]];
  });
  return Object.fromEntries(hidden);
}

async function valuesIn(file: string, sources: Sources): Promise<Record<string, unknown>> {
  const data = await sources.data(file);
  const first = "refused" in data ? undefined : data.values[0];
  return isRecord(first) ? first : {};
}
