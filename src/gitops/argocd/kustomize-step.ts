import { isAddress, looksLikeAddress } from "../render/kustomization.ts";
import { shownName } from "../render/message.ts";
import { isRecord } from "../../manifests/key-path.ts";
import type { KustomizeOverrides, KustomizeStep } from "../recipe.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import { refuse } from "../refusal.ts";
import type { KustomizeOptions } from "./schema.ts";

const KUSTOMIZATIONS = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

interface Place {
  readonly sources: Sources;
  readonly folder: string;
  /** Of the destination. */
  readonly namespace: string | undefined;
  readonly substitute: (text: string) => string;
}

export function kustomizationFile(folder: string, sources: Sources): string | undefined {
  return KUSTOMIZATIONS.map((name) => (folder === "" ? name : `${folder}/${name}`)).find((file) =>
    sources.has(file),
  );
}

/** What `kustomize edit` would write into the kustomization, as a kustomization around it. */
export async function kustomizeStep(options: KustomizeOptions, place: Place): Promise<KustomizeStep> {
  const { sources, folder, namespace } = place;
  const file = kustomizationFile(folder, sources);
  if (file === undefined) return refuse("missing-path", `${shownName(folder)} has no kustomization`);
  await refuseReplacedNames(file, options, sources);
  const overrides = overridesOf(options, place);
  return {
    tool: "kustomize",
    folder,
    ...(namespace === undefined ? {} : { namespace }),
    ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
  };
}

/** Argo CD replaces a prefix where one around it would add to it: the names would be wrong. */
async function refuseReplacedNames(file: string, options: KustomizeOptions, sources: Sources): Promise<void> {
  const data = await sources.data(file);
  const own = "values" in data ? data.values[0] : undefined;
  for (const field of ["namePrefix", "nameSuffix"] as const)
    if ((options[field] ?? "") !== "" && isRecord(own) && (own[field] ?? "") !== "")
      refuse(
        "kustomize-option",
        `the Application replaces the ${field} of ${shownName(file)}, which is not supported`,
      );
}

function overridesOf(options: KustomizeOptions, { sources, folder, substitute }: Place): KustomizeOverrides {
  const labels = substituted(options.commonLabels, substitute);
  const components = (options.components ?? []).flatMap((named) => {
    if (
      isAddress(named) ||
      (looksLikeAddress(named) && !sources.hasFolder(resolveInTree(folder, named) ?? ""))
    )
      return refuse("remote-base", `the component ${shownName(named)} is not in the repository`);
    const component =
      resolveInTree(folder, named) ??
      refuse("outside-tree", `the component ${shownName(named)} leads out of the repository`);
    if (sources.hasFolder(component)) return [component];
    return options.ignoreMissingComponents === true
      ? []
      : refuse("missing-path", `there is no component ${shownName(named)}`);
  });
  const fields: [string, unknown, boolean][] = [
    ["namePrefix", options.namePrefix, (options.namePrefix ?? "") !== ""],
    ["nameSuffix", options.nameSuffix, (options.nameSuffix ?? "") !== ""],
    ["namespace", options.namespace, (options.namespace ?? "") !== ""],
    ["images", (options.images ?? []).map((image) => parseImage(substitute(image))), filled(options.images)],
    [
      "replicas",
      options.replicas?.map(({ name, count }) => ({ name, count: Number(count) })),
      filled(options.replicas),
    ],
    [
      "labels",
      [
        {
          pairs: labels,
          includeSelectors: options.labelWithoutSelector !== true,
          includeTemplates: options.labelIncludeTemplates === true || options.labelWithoutSelector !== true,
        },
      ],
      labels !== undefined,
    ],
    [
      "commonAnnotations",
      substituted(
        options.commonAnnotations,
        options.commonAnnotationsEnvsubst === true ? substitute : (text) => text,
      ),
      Object.keys(options.commonAnnotations ?? {}).length > 0,
    ],
    ["patches", options.patches, filled(options.patches)],
    ["components", components, components.length > 0],
  ];
  return Object.fromEntries(fields.flatMap(([name, value, given]) => (given ? [[name, value]] : [])));
}

/** `name=new:tag`, `name:tag`, `name@digest` as kustomize writes them. */
function parseImage(text: string): Record<string, string> {
  const equals = text.indexOf("=");
  const image = text.slice(equals + 1);
  const [, newName = image, newTag, digest] = /^(.*?)(?::([^/:@]*))?(?:@(.*))?$/.exec(image) ?? [];
  const name = equals === -1 ? newName : text.slice(0, equals);
  return {
    name,
    ...(equals === -1 || newName === "" || newName === "*" ? {} : { newName }),
    ...(newTag === undefined || newTag === "*" ? {} : { newTag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function substituted(
  pairs: Readonly<Record<string, string>> | null | undefined,
  substitute: (text: string) => string,
): Record<string, string> | undefined {
  const entries = Object.entries(pairs ?? {}).map(([key, value]) => [key, substitute(value)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function filled(list: readonly unknown[] | null | undefined): boolean {
  return (list ?? []).length > 0;
}
