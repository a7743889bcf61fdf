import path from "node:path/posix";
import { isRecord } from "../../manifests/key-path.ts";
import type { Expanded } from "../expand.ts";
import { closureOf, KUSTOMIZATION_NAMES } from "../find/kustomizations.ts";
import type { LayerKind } from "../scan.ts";
import type { Sources } from "../sources.ts";
import type { Place } from "./place.ts";

/** What recipes use files for. */
export interface Roles {
  /** Taken in whole as manifests, not laid over others as patches. */
  readonly manifests: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

export async function rolesOf(expanded: readonly Expanded[], sources: Sources): Promise<Roles> {
  const manifests = new Set<string>();
  const values = new Set<string>();
  for (const step of expanded.flatMap(({ recipe }) => recipe.steps)) {
    if (step.tool === "plain") for (const file of step.files) manifests.add(file);
    else if (step.tool === "helm")
      for (const layer of step.values) if ("file" in layer) values.add(layer.file);
    if (step.tool !== "kustomize") continue;
    for (const place of [step.folder, ...(step.resources ?? [])])
      if (sources.has(place)) manifests.add(place);
      else for (const file of (await closureOf(sources, place)).manifests) manifests.add(file);
  }
  return { manifests, values };
}

/** Which kind of text a place stands in, told by its file and its document. */
export async function layerKindOf(place: Place, sources: Sources, roles: Roles): Promise<LayerKind> {
  const { file, document } = place;
  const keys = place.path.filter((step) => typeof step === "string");
  if (KUSTOMIZATION_NAMES.some((name) => path.basename(file) === name))
    return keys.includes("valuesInline") ? "inline-values" : "patch";
  const data = await sources.data(file);
  const value = "refused" in data ? undefined : data.values[document];
  if (isRecord(value) && typeof value["kind"] === "string")
    return layerInObject(value, keys, roles.manifests.has(file));
  if (typeof place.path[0] === "number") return "patch";
  const chart = path.join(path.dirname(file), "Chart.yaml");
  return path.basename(file) === "values.yaml" && sources.has(chart) ? "chart-values" : "values";
}

function layerInObject(
  { apiVersion, kind }: Record<string, unknown>,
  keys: readonly string[],
  manifest: boolean,
): LayerKind {
  if (kind === "ConfigMap" || kind === "Secret") return "values";
  const gitops =
    typeof apiVersion === "string" &&
    /^(?:argoproj\.io|.*toolkit\.fluxcd\.io)\//.test(apiVersion) &&
    kind !== "Rollout";
  if (!gitops) return manifest ? "manifest" : "patch";
  if (keys.some((key) => /parameters$/i.test(key))) return "parameter";
  return keys.some((key) => /patches|postRenderers/i.test(key)) ? "patch" : "inline-values";
}
