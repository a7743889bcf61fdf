import type { Reason } from "../../domain/reason.ts";
import { inFolder } from "../find/charts.ts";
import type { ChartRef, ValuesSource } from "../recipe.ts";
import { shownName, withoutUser } from "../render/message.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import type { Kit } from "./kustomization.ts";
import type { Asker } from "./objects.ts";
import { namespaceOf } from "./objects.ts";
import { Refusal, refuse } from "../refusal.ts";
import { type ChartSpec, fluxSchemas, parse, type Reference, type ReleaseSpec } from "./schema.ts";
import { inNamespaceOf, requireOwn } from "./source.ts";
import { chartValues } from "./chart-values.ts";

export interface Chart {
  readonly chart: ChartRef;
  /** Files that take the place of the chart's own values. */
  readonly values: readonly ValuesSource[];
  /** Why the chart can't be rendered; `chart` then only says what it is called. */
  readonly refused?: Reason;
}

const EXACT_VERSION = /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

/** Throws a {@link Refusal} where a path of this repository is wrong. */
export async function chartOf(spec: ReleaseSpec, asker: Asker, kit: Kit): Promise<Chart> {
  if (spec.chartRef) return await referredChart(spec.chartRef, asker, kit);
  return spec.chart
    ? await describedChart(spec.chart.spec, asker, kit)
    : refuse("invalid", "the HelmRelease has neither a chart nor a chartRef");
}

async function referredChart(reference: Reference, asker: Asker, kit: Kit): Promise<Chart> {
  const shown = `the ${shownName(reference.kind)} ${shownName(reference.name)}`;
  const found = kit.objects.find(reference.kind, reference.name, inNamespaceOf(reference, asker));
  if (found === undefined) return unreachable(reference.name, `no file declares ${shown}`);
  if (reference.kind === "HelmChart") {
    const { spec } = parse(fluxSchemas.helmChart, found.object, shown);
    const namespace = namespaceOf(found.object) ?? asker.namespace;
    return await describedChart(spec, { ...asker, file: found.origin.file, namespace }, kit);
  }
  if (reference.kind !== "OCIRepository")
    return unreachable(reference.name, `${shown} is no source of charts that can be read here`);
  const { url, ref } = parse(fluxSchemas.ociRepository, found.object, shown).spec;
  const [, repository, name] = /^(oci:\/\/.+)\/([^/]+)\/*$/.exec(url) ?? [];
  if (repository === undefined || name === undefined)
    return refuse("invalid", `${shown} has no address of a chart: ${shownName(withoutUser(url))}`);
  // Flux takes the digest before a range, and that before a tag.
  const version = ref?.digest || ref?.semver || ref?.tag || "latest";
  return remote({ repository, name, version });
}

async function describedChart(spec: ChartSpec, asker: Asker, kit: Kit): Promise<Chart> {
  const { sourceRef, chart: named } = spec;
  const files = spec.valuesFiles ?? (spec.valuesFile ? [spec.valuesFile] : []);
  if (sourceRef.kind !== "HelmRepository") {
    const refused = reasonOf(() => requireOwn(sourceRef, asker, kit));
    if (refused) return { chart: { repository: "", name: named, version: "" }, values: [], refused };
    const path = chartPath(named, kit.sources);
    const values = await chartValues(path, files, kit.sources, spec.ignoreMissingValuesFiles === true);
    return { chart: { path }, values };
  }
  const shown = `the HelmRepository ${shownName(sourceRef.name)}`;
  const found = kit.objects.find(sourceRef.kind, sourceRef.name, inNamespaceOf(sourceRef, asker));
  if (found === undefined) return unreachable(named, `no file declares ${shown}`);
  const repository = parse(fluxSchemas.helmRepository, found.object, shown).spec.url.replace(/\/+$/, "");
  const chart = remote({ repository, name: named, version: spec.version || "*" });
  const other = files.find((file) => file !== "values.yaml");
  if (other === undefined || chart.refused) return chart;
  return { ...chart, refused: reason(`the chart ${shownName(named)} is used with its ${shownName(other)}`) };
}

/** A chart by range of versions is another one tomorrow: nothing proven today holds. */
function remote(chart: { repository: string; name: string; version: string }): Chart {
  if (EXACT_VERSION.test(chart.version)) return { chart, values: [] };
  const message = `${shownName(chart.version)} is no exact version of the chart ${shownName(chart.name)}`;
  return { chart, values: [], refused: reason(message) };
}

function unreachable(name: string, message: string): Chart {
  return { chart: { repository: "", name, version: "" }, values: [], refused: reason(message) };
}

function chartPath(named: string, sources: Sources): string {
  const path = resolveInTree("", named);
  if (path === undefined)
    return refuse("outside-tree", `the chart ${shownName(named)} is out of the repository`);
  if (sources.has(path) || sources.has(inFolder(path, "Chart.yaml"))) return path;
  return refuse("missing-path", `there is no chart in ${shownName(named)}`);
}

function reason(message: string): Reason {
  return { code: "remote-chart", message };
}

function reasonOf(check: () => void): Reason | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}
