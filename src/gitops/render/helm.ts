import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Reason } from "../../domain/reason.ts";
import { assembleChart, type PullChart } from "./chart-dependencies.ts";
import { insideRoots, readInside, type Roots, wayOut } from "./inside.ts";
import { type RunLimits, runIsolated } from "./isolation.ts";
import { cleanMessage, shownName } from "./message.ts";
import type { Program } from "./program.ts";
import { parseRendered, type Rendered } from "./rendered.ts";
import { explainRun } from "./run-failure.ts";

/** A values file (absolute), or values that stand elsewhere, as YAML text. */
export type ValuesLayer = { readonly file: string } | { readonly text: string };

/** One `--set`; a comma in `value` is part of it, unless the value is a list in `{…}`, as Argo CD has it. */
export interface HelmParameter {
  /** A path of keys: `image.tag`, `hosts[0]`. */
  readonly name: string;
  readonly value: string;
  readonly forceString?: boolean;
}

/** All that one rendering of a chart depends on, but for helm's version. */
export interface HelmSpec {
  /** Absolute: a chart's folder or archive. It is never written to. */
  readonly chart: string;
  /** Nothing outside of these is read: the tree, and the folder of pulled charts. */
  readonly roots: Roots;
  readonly releaseName: string;
  readonly namespace?: string;
  /** From the weakest to the strongest. */
  readonly values?: readonly ValuesLayer[];
  /** Stronger than all values. */
  readonly parameters?: readonly HelmParameter[];
  /** `path`: absolute, a file whose text is the value. */
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipSchemaValidation?: boolean;
}

const RELEASE_NAME = /^(?=.{1,53}$)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const NAMESPACE = /^(?=.{1,63}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const KUBE_VERSION = /^v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?$/;
const API_VERSION = /^[\w./-]+$/;

/** Renders a chart without network; `pull`, where given, may fetch the charts that it depends on. */
export async function helmTemplate(
  helm: Program,
  spec: HelmSpec,
  { limits = {}, pull }: { limits?: Partial<RunLimits>; pull?: PullChart | undefined } = {},
): Promise<Rendered> {
  const wrong = wrongName(spec);
  if (wrong) return { refused: wrong };
  const out = spec.chart.endsWith(".tgz") ? undefined : await wayOut(spec.chart, spec.roots);
  if (out) return { refused: out };
  const inside = await insideRoots(spec.chart, spec.roots);
  if ("refused" in inside) return inside;
  const scratch = await mkdtemp(path.join(await realpath(tmpdir()), "loadline-helm-"));
  try {
    const assembled = await assembleChart(inside.real, { roots: spec.roots, scratch, pull });
    if ("refused" in assembled) return assembled;
    const staged = await stageFiles(spec, scratch);
    if ("refused" in staged) return staged;
    const programArguments = [
      "template",
      ...staged.flags,
      ...flagsOf(spec),
      "--",
      spec.releaseName,
      assembled.chart,
    ];
    const result = await runIsolated(helm.path, programArguments, limits);
    if (result.status === "done") return parseRendered(result.stdout);
    const shown = new Map([
      ...staged.shown,
      [path.dirname(assembled.chart), ""] as const,
      [scratch, ""] as const,
      ...spec.roots.map((root) => [root, ""] as const),
    ]);
    return result.status === "failed"
      ? { refused: whatHelmSaid(result.stderr, shown) }
      : { refused: explainRun("helm", result.status, limits) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function wrongName(spec: HelmSpec): Reason | undefined {
  if (!RELEASE_NAME.test(spec.releaseName))
    return invalid(`helm takes no release with the name ${shownName(spec.releaseName)}`);
  if (spec.namespace !== undefined && !NAMESPACE.test(spec.namespace))
    return invalid(`there can be no namespace ${shownName(spec.namespace)}`);
  if (spec.kubeVersion !== undefined && !KUBE_VERSION.test(spec.kubeVersion))
    return invalid(`${shownName(spec.kubeVersion)} is not a version of Kubernetes`);
  const api = spec.apiVersions?.find((version) => !API_VERSION.test(version));
  if (api !== undefined) return invalid(`${shownName(api)} is not an API version`);
  const parameter = spec.parameters?.find(
    ({ name, value }) => `${name}${value}`.includes("\0") || name.includes("="),
  );
  if (parameter) return invalid(`helm takes no parameter with the name ${shownName(parameter.name)}`);
  return undefined;
}

/**
 * Copies of all files under plain names: helm reads a comma in a file's name as two files, and an address as a
 * thing to fetch.
 */
async function stageFiles(
  spec: HelmSpec,
  scratch: string,
): Promise<{ flags: string[]; shown: [string, string][] } | { refused: Reason }> {
  const flags: string[] = [];
  const shown: [string, string][] = [];
  const stage = async (file: string | undefined, content: Uint8Array | string): Promise<string> => {
    const copy = path.join(scratch, `file-${shown.length}.yaml`);
    await writeFile(copy, content);
    shown.push([copy, file === undefined ? "the inline values" : shownName(path.basename(file))]);
    return copy;
  };
  for (const layer of spec.values ?? []) {
    const read = "text" in layer ? { bytes: layer.text } : await readInside(layer.file, spec.roots);
    if ("refused" in read) return read;
    flags.push(`--values=${await stage("file" in layer ? layer.file : undefined, read.bytes)}`);
  }
  for (const { name, path: file } of spec.fileParameters ?? []) {
    const read = await readInside(file, spec.roots);
    if ("refused" in read) return read;
    flags.push(`--set-file=${name}=${await stage(file, read.bytes)}`);
  }
  return { flags, shown };
}

function flagsOf(spec: HelmSpec): string[] {
  const flag = (given: boolean | undefined, name: string): string[] => (given === true ? [name] : []);
  return [
    ...(spec.namespace === undefined ? [] : [`--namespace=${spec.namespace}`]),
    ...(spec.parameters ?? []).map(
      ({ name, value, forceString }) =>
        `--set${forceString === true ? "-string" : ""}=${name}=${escapeCommas(value)}`,
    ),
    ...(spec.kubeVersion === undefined ? [] : [`--kube-version=${spec.kubeVersion}`]),
    ...(spec.apiVersions ?? []).map((version) => `--api-versions=${version}`),
    ...flag(spec.includeCrds, "--include-crds"),
    ...flag(spec.skipTests, "--skip-tests"),
    ...flag(spec.skipSchemaValidation, "--skip-schema-validation"),
  ];
}

/** As Argo CD does it, so that `a,b` is one text and `{a,b}` a list. */
function escapeCommas(value: string): string {
  return value.startsWith("{") && value.endsWith("}") ? value : value.replaceAll(/(?<!\\),/g, "\\,");
}

function whatHelmSaid(stderr: string, shown: ReadonlyMap<string, string>): Reason {
  const missing = /missing in charts\/ directory: (.+)/.exec(stderr)?.[1];
  if (missing !== undefined)
    return {
      code: "needs-network",
      message: `the chart needs charts that are not in its charts/: ${cleanMessage(missing)}`,
    };
  if (stderr.includes("meet the specifications of the schema")) {
    const [complaint = "", more] = stderr.split("\n").filter((line) => /^\s*- /.test(line));
    const rest = more === undefined ? "" : ", and more";
    return {
      code: "schema-refused",
      message: `the chart's schema refuses the values: ${cleanMessage(complaint.replace(/^\s*- /, ""), shown)}${rest}`,
    };
  }
  return { code: "render-failed", message: `helm: ${cleanMessage(stderr, shown)}` };
}

function invalid(message: string): Reason {
  return { code: "render-failed", message };
}
