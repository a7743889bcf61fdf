import path from "node:path/posix";
import { isRecord } from "../../manifests/key-path.ts";
import type { Expanded } from "../expand.ts";
import { closureOf, KUSTOMIZATION_NAMES } from "../find/kustomizations.ts";
import { componentsOf } from "../render-recipe.ts";
import type { LayerKind } from "../scan.ts";
import type { Sources } from "../sources.ts";
import type { Place } from "./place.ts";

/** What recipes use files for. */
export interface Roles {
  /** Taken in whole as manifests, not laid over others as patches. */
  readonly manifests: ReadonlySet<string>;
  /** Laid over others by a kustomization. */
  readonly patches: ReadonlySet<string>;
}

export async function rolesOf(expanded: readonly Expanded[], sources: Sources): Promise<Roles> {
  const manifests = new Set<string>();
  const patches = new Set<string>();
  for (const step of expanded.flatMap(({ recipe }) => recipe.steps)) {
    if (step.tool === "plain") for (const file of step.files) manifests.add(file);
    if (step.tool !== "kustomize") continue;
    for (const place of [step.folder, ...(step.resources ?? []), ...componentsOf(step.overrides)])
      if (sources.has(place)) manifests.add(place);
      else {
        const closure = await closureOf(sources, place);
        for (const file of closure.manifests) manifests.add(file);
        for (const file of closure.files) if (!closure.manifests.has(file)) patches.add(file);
      }
  }
  return { manifests, patches };
}

/** Which kind of text a place stands in, told by its file and its document. */
export async function layerKindOf(place: Place, sources: Sources, roles: Roles): Promise<LayerKind> {
  const { file, document } = place;
  const keys = place.path.filter((step) => typeof step === "string");
  if (KUSTOMIZATION_NAMES.some((name) => path.basename(file) === name))
    return keys.includes("valuesInline") ? "inline-values" : "patch";
  if (/^\.argocd-source.*\.yaml$/.test(path.basename(file)))
    return place.inner ? "inline-values" : "parameter";
  const data = await sources.data(file);
  const value = "refused" in data ? undefined : data.values[document];
  if (isRecord(value) && typeof value["kind"] === "string")
    return layerInObject(value, keys, {
      embedded: place.inner !== undefined,
      manifest: roles.manifests.has(file),
      patch: roles.patches.has(file) && !roles.manifests.has(file),
    });
  if (typeof place.path[0] === "number") return "patch";
  const chart = path.join(path.dirname(file), "Chart.yaml");
  return path.basename(file) === "values.yaml" && sources.has(chart) ? "chart-values" : "values";
}

function layerInObject(
  { apiVersion, kind }: Record<string, unknown>,
  keys: readonly string[],
  {
    embedded,
    manifest,
    patch,
  }: { readonly embedded: boolean; readonly manifest: boolean; readonly patch: boolean },
): LayerKind {
  if (kind === "ConfigMap" || kind === "Secret") return embedded ? "inline-values" : "parameter";
  const gitops =
    typeof apiVersion === "string" &&
    /^(?:argoproj\.io|.*toolkit\.fluxcd\.io)\//.test(apiVersion) &&
    kind !== "Rollout";
  if (!gitops) return manifest ? "manifest" : "patch";
  if (patch) return "patch";
  if (keys.some((key) => /parameters$/i.test(key)) || keys.includes("generators")) return "parameter";
  return keys.some((key) => /patches|postRenderers/i.test(key)) ? "patch" : "inline-values";
}
