import path from "node:path/posix";
import type { Reason } from "../domain/reason.ts";
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { chartFiles } from "./find/charts.ts";
import { closureOf } from "./find/kustomizations.ts";
import type { HelmStep, KustomizeOverrides, KustomizeStep, Recipe, Step } from "./recipe.ts";
import { substituteVariables } from "./render/flux-postbuild.ts";
import type { ValuesLayer } from "./render/helm.ts";
import type { Rendered } from "./render/rendered.ts";
import type { Renderer } from "./render/renderer.ts";
import { renderKey, type RenderStore } from "./render-store.ts";
import type { Sources } from "./sources.ts";
import type { Workspace } from "./workspace.ts";

/** An object that a recipe puts into a cluster. */
export interface RenderedObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** Which step made it. */
  readonly step: number;
  /** The template or the file it came from, where that is known. */
  readonly template?: string;
  /** Another file of the same folder that declares the same object: either may be the one that counts. */
  readonly contestedBy?: string;
}

export interface Rendering {
  readonly objects: readonly RenderedObject[];
  /** Files of the tree that were read. */
  readonly reads: ReadonlySet<string>;
  /** Whether some of the objects declare further recipes, or hold what those read. */
  readonly declares: boolean;
}

export type Outcome =
  | Rendering
  /** `reads`: as far as it came. */
  | { readonly refused: Reason; readonly reads?: ReadonlySet<string> };

interface Kit {
  readonly sources: Sources;
  readonly workspace: Workspace;
  readonly renderer: Renderer;
  /** Where renderings are found again, if anywhere. */
  readonly kept?: RenderStore | undefined;
  /** Called before a program renders a step. */
  readonly onRender?: () => void;
}

/** Renders all steps of a recipe; of objects with one identity the last one counts, as in a sync. */
export async function renderRecipe(recipe: Recipe, kit: Kit): Promise<Outcome> {
  if (recipe.refused) return { refused: recipe.refused };
  const reads = new Set<string>();
  const byIdentity = new Map<string, RenderedObject>();
  for (const [index, step] of recipe.steps.entries()) {
    const ofStep = await readsOf(step, kit.sources);
    for (const file of ofStep) reads.add(file);
    const output = await renderStep(step, ofStep, kit);
    if ("refused" in output) return { refused: output.refused, reads };
    const substituted = step.substitute ? substituteVariables(output.objects, step.substitute) : output;
    if ("refused" in substituted) return { refused: substituted.refused, reads };
    for (const [place, value] of substituted.objects.entries()) {
      if (!isRecord(value)) continue;
      const object = inNamespace(value, step.namespace);
      const template = output.templates[place];
      const identity = identityOf(object);
      const other = recipe.kind === "plain" ? byIdentity.get(identity)?.template : undefined;
      byIdentity.set(identity, {
        value: object,
        step: index,
        ...(template === undefined ? {} : { template }),
        ...(other === undefined ? {} : { contestedBy: other }),
      });
    }
  }
  const objects = [...byIdentity.values()];
  return { objects, reads, declares: objects.some(({ value }) => declares(value)) };
}

const GITOPS_GROUPS = /^(?:argoproj\.io|(?:kustomize|helm|source)\.toolkit\.fluxcd\.io)\//;

/** Whether an object declares how others are made, or holds values that such a one names. */
export function declares({ apiVersion, kind }: Readonly<Record<string, unknown>>): boolean {
  if (typeof apiVersion !== "string") return false;
  return GITOPS_GROUPS.test(apiVersion)
    ? kind !== "Rollout"
    : apiVersion === "v1" && (kind === "ConfigMap" || kind === "Secret");
}

/** `apps/Deployment/shop/api`: what the API server takes for one object. */
export function identityOf(object: Readonly<Record<string, unknown>>): string {
  const { apiVersion, kind } = object;
  const group = typeof apiVersion === "string" && apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  const part = (key: string): unknown => valueAt(object, ["metadata", key]) ?? "";
  return JSON.stringify([group, kind, part("namespace"), part("name")]);
}

/** Files of the tree on which a step's output depends. */
export async function readsOf(step: Step, sources: Sources): Promise<Set<string>> {
  switch (step.tool) {
    case "plain":
      return new Set(step.files);
    case "kustomize": {
      const { files } = await closureOf(sources, step.folder);
      const components = await Promise.all(
        componentsOf(step.overrides).map(async (folder) => await closureOf(sources, folder)),
      );
      const folders = await Promise.all(
        (step.resources ?? [])
          .filter((one) => sources.hasFolder(one))
          .map(async (folder) => await closureOf(sources, folder)),
      );
      const resources = (step.resources ?? []).filter((one) => sources.has(one));
      return new Set([
        ...files,
        ...resources,
        ...[...components, ...folders].flatMap((closure) => [...closure.files]),
      ]);
    }
    case "helm": {
      const chart = "path" in step.chart ? await chartFiles(sources, step.chart.path) : [];
      const values = step.values.flatMap((layer) => ("file" in layer ? [layer.file] : []));
      return new Set([...chart, ...values, ...(step.fileParameters ?? []).map(({ file }) => file)]);
    }
  }
}

async function renderStep(step: Step, reads: ReadonlySet<string>, kit: Kit): Promise<Rendered> {
  const { sources, renderer, kept } = kit;
  if (step.tool === "plain") return await plainObjects(step.files, sources);
  const chart = step.tool === "helm" ? await chartOf(step, kit) : undefined;
  if (chart && "refused" in chart) return chart;
  const key = kept && (await renderKey(step, { reads, sources, renderer, chart: chart?.digest }));
  const known = key === undefined ? undefined : await kept?.get(key);
  if (known) return known;
  kit.onRender?.();
  const unreadable = await kit.workspace.provide(reads);
  if (unreadable) return { refused: unreadable };
  const rendered =
    step.tool === "kustomize"
      ? await buildKustomization(step, kit)
      : await renderChart(step, chart?.path ?? "", kit);
  if (key !== undefined && !("refused" in rendered) && rendered.fetched !== true)
    await kept?.put(key, rendered);
  return rendered;
}

async function plainObjects(files: readonly string[], sources: Sources): Promise<Rendered> {
  const objects: unknown[] = [];
  const templates: string[] = [];
  for (const file of files) {
    const data = await sources.data(file);
    if ("refused" in data) return { refused: { ...data.refused, file } };
    for (const object of data.values.flatMap(itemsOf)) {
      objects.push(object);
      templates.push(file);
    }
  }
  return { objects, templates };
}

/** The items of a `List`, or the object itself. */
function itemsOf(value: unknown): unknown[] {
  if (!isRecord(value)) return [];
  const { kind, items } = value;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
    ? items.flatMap(itemsOf)
    : [value];
}

async function buildKustomization(
  step: KustomizeStep,
  { sources, workspace, renderer }: Kit,
): Promise<Rendered> {
  const roots = [workspace.root];
  const { outside } = await closureOf(sources, step.folder);
  if (outside[0] !== undefined)
    return {
      refused: {
        code: "outside-tree",
        message: `the kustomization names what lies outside of the repository: ${outside[0]}`,
      },
    };
  const { overrides = {}, resources } = step;
  const wrapped = resources !== undefined || Object.keys(overrides).length > 0;
  if (!wrapped)
    return await renderer.kustomizeBuild({
      folder: workspace.at(step.folder),
      roots,
      enableHelm: true,
      filesOfWholeTree: step.filesOfWholeTree ?? false,
    });
  const outer = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    ...overrides,
    resources: (resources ?? [step.folder]).map(fromWrapper),
    ...(overrides["components"] === undefined
      ? {}
      : { components: componentsOf(overrides).map(fromWrapper) }),
  };
  const folder = await workspace.wrap({ "kustomization.yaml": JSON.stringify(outer) });
  return await renderer.kustomizeBuild({
    folder: workspace.at(folder),
    roots,
    enableHelm: true,
    filesOfWholeTree: true,
  });
}

async function renderChart(step: HelmStep, chart: string, { workspace, renderer }: Kit): Promise<Rendered> {
  const rendered = await renderer.helmTemplate({
    chart,
    roots: [workspace.root, path.dirname(chart)],
    releaseName: step.release,
    ...(step.namespace === undefined ? {} : { namespace: step.namespace }),
    values: step.values.map((layer): ValuesLayer =>
      "file" in layer ? { file: workspace.at(layer.file) } : { text: layer.text },
    ),
    parameters: step.parameters ?? [],
    fileParameters: (step.fileParameters ?? []).map(({ name, file }) => ({ name, path: workspace.at(file) })),
    ...(step.kubeVersion === undefined ? {} : { kubeVersion: step.kubeVersion }),
    apiVersions: step.apiVersions ?? [],
    includeCrds: step.includeCrds ?? false,
    skipTests: step.skipTests ?? false,
    skipSchemaValidation: step.skipSchemaValidation ?? false,
  });
  if ("refused" in rendered || step.postRender === undefined) return rendered;
  const folder = await workspace.wrap({
    "rendered.yaml": rendered.objects.map((object) => JSON.stringify(object)).join("\n---\n"),
    "kustomization.yaml": JSON.stringify({
      ...step.postRender,
      kind: "Kustomization",
      resources: ["rendered.yaml"],
    }),
  });
  return await renderer.kustomizeBuild({ folder: workspace.at(folder), roots: [workspace.root] });
}

/** Where a chart is, and the digest of one that is not in the tree. */
async function chartOf(
  { chart }: HelmStep,
  { workspace, renderer }: Kit,
): Promise<{ path: string; digest?: string } | { refused: Reason }> {
  if ("path" in chart) return { path: workspace.at(chart.path) };
  const { repository, name, version } = chart;
  const pulled = await renderer.pullChart(
    repository.startsWith("oci://")
      ? { oci: `${repository.replace(/\/$/, "")}/${name}`, version }
      : { repoUrl: repository, name, version },
  );
  if (!("refused" in pulled)) return pulled;
  return {
    refused: {
      code: "remote-chart",
      message: `the chart ${name} ${version} is not here: ${pulled.refused.message}; --network, or \`network: true\` in the configuration, fetches it`,
    },
  };
}

function inNamespace(
  object: Record<string, unknown>,
  namespace: string | undefined,
): Record<string, unknown> {
  const { metadata } = object;
  if (namespace === undefined || !isRecord(metadata) || typeof metadata["namespace"] === "string")
    return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

/** Folders of components that are laid over a kustomization, as paths of the tree. */
export function componentsOf(overrides: KustomizeOverrides | undefined): string[] {
  const components = overrides?.["components"];
  return Array.isArray(components) ? components.filter((one) => typeof one === "string") : [];
}

function fromWrapper(file: string): string {
  return `../${file}`;
}
