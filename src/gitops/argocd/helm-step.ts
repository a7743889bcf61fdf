import type { Reason } from "../../domain/reason.ts";
import { shownName } from "../render/message.ts";
import type { ChartRef, HelmStep } from "../recipe.ts";
import { refuse } from "../refusal.ts";
import type { HelmOptions, Source } from "./schema.ts";
import { type FileScope, resolveFile, resolveValueFiles } from "./value-files.ts";

const EXACT_VERSION = /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

/** `namespace` is that of the destination. */
export function helmStep(
  chart: ChartRef,
  options: HelmOptions,
  scope: FileScope,
  { name, namespace }: { name: string; namespace: string | undefined },
): HelmStep {
  const files = resolveValueFiles(options.valueFiles ?? [], scope, {
    ignoreMissing: options.ignoreMissingValueFiles ?? false,
  });
  const inline = inlineValues(options);
  const parameters = lastOfEach(options.parameters ?? []).map((parameter) => ({
    name: parameter.name,
    value: scope.substitute(parameter.value ?? ""),
    ...(parameter.forceString === true ? { forceString: true } : {}),
  }));
  const fileParameters = lastOfEach(options.fileParameters ?? []).map((parameter) => {
    const file = resolveFile(parameter.path, scope);
    if (!scope.sources.has(file)) refuse("missing-values", `there is no file ${shownName(parameter.path)}`);
    return { name: parameter.name, file };
  });
  const effectiveNamespace = filled(options.namespace) ?? namespace;
  const kubeVersion = filled(options.kubeVersion);
  return {
    tool: "helm",
    chart,
    release: filled(options.releaseName) ?? name,
    values: [...files.map((file) => ({ file })), ...(inline === undefined ? [] : [{ text: inline }])],
    parameters,
    fileParameters,
    includeCrds: options.skipCrds !== true,
    skipTests: options.skipTests === true,
    skipSchemaValidation: options.skipSchemaValidation === true,
    ...(effectiveNamespace === undefined ? {} : { namespace: effectiveNamespace }),
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(options.apiVersions ? { apiVersions: options.apiVersions } : {}),
  };
}

/** The chart of a source that names one instead of a path. */
export function remoteChart({ repoURL, chart, targetRevision }: Source): ChartRef {
  // Argo CD writes the address of an OCI registry without its scheme.
  const repository = /^[a-z]+:\/\//i.test(repoURL) ? repoURL : `oci://${repoURL}`;
  return {
    repository: repository.replace(/\/+$/, ""),
    name: chart ?? "",
    version: String(targetRevision ?? ""),
  };
}

/** Why such a chart can't be fetched: a range of versions is another chart tomorrow. */
export function versionRange({ chart, targetRevision }: Source): Reason | undefined {
  const version = String(targetRevision ?? "");
  if (EXACT_VERSION.test(version)) return undefined;
  const shown = version === "" ? "no version" : `the version ${shownName(version)}`;
  return {
    code: "version-range",
    message: `the chart ${shownName(chart ?? "")} has ${shown}, and only an exact one can be rendered`,
  };
}

function inlineValues({ values, valuesObject }: HelmOptions): string | undefined {
  return valuesObject ? JSON.stringify(valuesObject) : filled(values);
}

/** Argo CD keeps parameters in a map. */
function lastOfEach<T extends { readonly name: string }>(parameters: readonly T[]): T[] {
  return [...new Map(parameters.map((parameter) => [parameter.name, parameter])).values()];
}

function filled(text: string | null | undefined): string | undefined {
  return text === "" ? undefined : (text ?? undefined);
}
