import { stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Reason } from "../../domain/reason.ts";
import { insideRoots, readDescription, type Roots, shownPath } from "./inside.ts";
import { shownName } from "./message.ts";
import { parseYaml } from "./rendered.ts";

const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

const strings = z.array(z.string()).nullish();
const withPath = z.array(z.looseObject({ path: z.string().nullish() })).nullish();
const generator = z
  .array(z.looseObject({ files: strings, envs: strings, env: z.string().nullish() }))
  .nullish();
const chart = z.looseObject({
  name: z.string(),
  repo: z.string().nullish(),
  version: z.string().nullish(),
  valuesFile: z.string().nullish(),
  additionalValuesFiles: strings,
});

/** Every field that names files, folders or addresses; what kustomize itself refuses is left to it. */
const kustomizationSchema = z.object({
  resources: strings,
  bases: strings,
  components: strings,
  crds: strings,
  configurations: strings,
  generators: strings,
  transformers: strings,
  validators: strings,
  patchesStrategicMerge: strings,
  patches: withPath,
  patchesJson6902: withPath,
  replacements: withPath,
  openapi: z.looseObject({ path: z.string().nullish() }).nullish(),
  configMapGenerator: generator,
  secretGenerator: generator,
  helmCharts: z.array(chart).nullish(),
  helmChartInflationGenerator: z.array(z.unknown()).nullish(),
  helmGlobals: z.looseObject({ chartHome: z.string().nullish() }).nullish(),
});

export type Kustomization = z.infer<typeof kustomizationSchema>;

/** The kustomization of a folder; `undefined` where it has none. */
export async function readKustomization(
  folder: string,
  roots: Roots,
): Promise<{ kustomization: Kustomization | undefined } | { refused: Reason }> {
  for (const name of FILE_NAMES) {
    const file = path.join(folder, name);
    if (!(await stat(file).catch(() => undefined))?.isFile()) continue;
    const inside = await insideRoots(file, roots);
    if ("refused" in inside) return inside;
    const shown = await shownPath(file, roots);
    const text = await readDescription(inside.real);
    if (text === undefined) return refused("file-too-large", `${shown} is too large for a kustomization`);
    const parsed = parseYaml(text);
    if ("refused" in parsed) return refused(parsed.refused.code, `${shown}: ${parsed.refused.message}`);
    const { data, error } = kustomizationSchema.safeParse(parsed.values[0] ?? {});
    if (data) return { kustomization: data };
    const [issue] = error.issues;
    const where = issue === undefined ? "" : `: ${shownName(issue.path.join("."))}: ${issue.message}`;
    return refused("render-failed", `${shown} is no kustomization${where}`);
  }
  return { kustomization: undefined };
}

/** Everything in it that may be a path or an address; texts over several lines are inline YAML. */
export function namedFiles(kustomization: Kustomization): string[] {
  const generators = [...(kustomization.configMapGenerator ?? []), ...(kustomization.secretGenerator ?? [])];
  const named = [
    kustomization.resources,
    kustomization.bases,
    kustomization.components,
    kustomization.crds,
    kustomization.configurations,
    kustomization.generators,
    kustomization.transformers,
    kustomization.validators,
    kustomization.patchesStrategicMerge,
    kustomization.patches?.map(({ path: file }) => file),
    kustomization.patchesJson6902?.map(({ path: file }) => file),
    kustomization.replacements?.map(({ path: file }) => file),
    [kustomization.openapi?.path],
    // `name=path`, or a path alone.
    ...generators.map(({ files }) => files?.map((file) => file.replace(/^[^=:/]*=/, ""))),
    ...generators.map(({ envs, env }) => [...(envs ?? []), env]),
    ...(kustomization.helmCharts ?? []).map((chart) => [
      chart.valuesFile,
      ...(chart.additionalValuesFiles ?? []),
    ]),
  ];
  return named
    .flatMap((list) => list ?? [])
    .filter((name) => typeof name === "string")
    .filter((name) => name !== "" && !name.includes("\n"));
}

/** Kustomize takes these for an address even where a file has that name. */
export function isAddress(name: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git::|gh:|[\w.-]+@[\w.-]+[:/])/i.test(name);
}

/** `github.com/owner/repository//folder?ref=v1`: an address, where there is no such file. */
export function looksLikeAddress(name: string): boolean {
  return /\?(?:.*&)?(?:ref|version|timeout|submodules)=|^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/.*\/|\.git(?:\/|$|\?)/i.test(
    name,
  );
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
