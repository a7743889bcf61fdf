import type { Reason } from "../../domain/reason.ts";
import { kustomizationOf } from "../find/kustomizations.ts";
import type { Declared, KustomizeOverrides, KustomizeStep, Step } from "../recipe.ts";
import { isAddress } from "../render/kustomization.ts";
import { shownName } from "../render/message.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import { madeUpResources } from "./made-up-kustomization.ts";
import { type Asker, type FluxObjects, namespaceOf } from "./objects.ts";
import { patchOverrides } from "./overrides.ts";
import { refuse } from "../refusal.ts";
import { type KustomizationSpec, fluxSchemas, parse } from "./schema.ts";
import { requireOwn } from "./source.ts";
import { variablesOf } from "./variables.ts";

export interface Kit {
  readonly objects: FluxObjects;
  readonly sources: Sources;
  readonly isOwn: (repoUrl: string) => boolean;
}

/** How an object is rendered, and what of the tree that reads; `refused`: it is not rendered, but it reads them. */
export interface Made {
  readonly steps: readonly Step[];
  readonly claims: readonly string[];
  readonly refused?: Reason;
  readonly uncertain?: Reason;
}

/** Throws a {@link Refusal} where nothing of the tree is read. */
export async function makeKustomization(declared: Declared, kit: Kit): Promise<Made> {
  const { spec } = parse(fluxSchemas.kustomization, declared.object, "the Kustomization");
  const asker: Asker = {
    file: declared.origin.file,
    namespace: namespaceOf(declared.object),
    renderedBy: declared.renderedBy,
  };
  requireOwn(spec.sourceRef, asker, kit);
  const { sources } = kit;
  const folder = folderIn(sources, "", spec.path ?? "", "the path");
  const components = componentFolders(spec, folder, sources);
  const resources = madeUpResources(sources, folder);
  const claims = [folder, ...components, ...(resources ?? [])];
  if (spec.suspend === true)
    return { steps: [], claims, refused: { code: "suspended", message: "the Kustomization is suspended" } };
  // Kustomize takes no kustomization without resources; to Flux there is just nothing to apply.
  if (resources?.length === 0 && components.length === 0) return { steps: [], claims };
  const overrides = overridesOf(spec, components);
  const step: KustomizeStep = {
    tool: "kustomize",
    folder,
    ...(resources === undefined ? {} : { resources }),
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
    filesOfWholeTree: true,
  };
  const substitute = await variablesOf(spec, step, { asker, objects: kit.objects, sources });
  return { steps: [{ ...step, ...(substitute ? { substitute } : {}) }], claims };
}

function overridesOf(spec: KustomizationSpec, components: readonly string[]): KustomizeOverrides {
  const { targetNamespace, namePrefix, nameSuffix, commonMetadata } = spec;
  const labels = commonMetadata?.labels ?? {};
  return {
    ...(components.length > 0 ? { components } : {}),
    ...patchOverrides([spec]),
    ...(targetNamespace ? { namespace: targetNamespace } : {}),
    ...(namePrefix ? { namePrefix } : {}),
    ...(nameSuffix ? { nameSuffix } : {}),
    // Annotations would go into pod templates too, where Flux puts none; no number depends on them.
    ...(Object.keys(labels).length > 0 ? { labels: [{ pairs: labels }] } : {}),
  };
}

function componentFolders(spec: KustomizationSpec, folder: string, sources: Sources): string[] {
  return (spec.components ?? []).flatMap((named) => {
    if (isAddress(named))
      refuse("remote-base", `the component ${shownName(named)} is not in this repository`);
    const found = resolveInTree(folder, named);
    const missing = found === undefined || kustomizationOf(sources, found) === undefined;
    if (missing && spec.ignoreMissingComponents === true) return [];
    return [folderIn(sources, folder, named, "the component")];
  });
}

function folderIn(sources: Sources, from: string, named: string, what: string): string {
  const folder = resolveInTree(from, named);
  if (folder === undefined)
    return refuse("outside-tree", `${what} ${shownName(named)} leads out of the repository`);
  return sources.hasFolder(folder)
    ? folder
    : refuse("missing-path", `there is no folder ${shownName(named)}`);
}
