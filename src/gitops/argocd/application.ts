import type { Reason } from "../../domain/reason.ts";
import { shownName, withoutUser } from "../render/message.ts";
import type { Step } from "../recipe.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import { buildEnvironment } from "./build-environment.ts";
import { directoryStep } from "./directory-step.ts";
import { helmStep, remoteChart, versionRange } from "./helm-step.ts";
import { kustomizationFile, kustomizeStep } from "./kustomize-step.ts";
import { Refusal, refuse } from "../refusal.ts";
import { requireBranch } from "./revision.ts";
import { type Application, parseSource, type Source } from "./schema.ts";
import { withSourceFiles } from "./source-files.ts";
import type { FileScope } from "./value-files.ts";
import type { Spend } from "./work-limit.ts";

export interface Rendition {
  readonly steps: readonly Step[];
  /** Of a source that can't be rendered; `steps` are those of the others. */
  readonly refused?: Reason;
  /** Folders and files that it reads, also where it is refused. */
  readonly claims: readonly string[];
}

interface Context {
  readonly application: Application;
  readonly sources: Sources;
  readonly isOwn: (repoUrl: string) => boolean;
  /** Sources by the name that `$name/…` calls them. */
  readonly refs: ReadonlyMap<string, Source>;
  readonly spend: Spend;
}

/** How an Application renders, source by source. */
export async function renditionOf(
  application: Application,
  sources: Sources,
  isOwn: (repoUrl: string) => boolean,
  spend: Spend,
): Promise<Rendition> {
  const claims: string[] = [];
  try {
    const raw = sourcesOf(application);
    const parsed = raw.map(parseSource);
    const refs = new Map(
      parsed.flatMap((source) => (filled(source.ref) ? [[source.ref, source] as const] : [])),
    );
    const steps: Step[] = [];
    let refused: Reason | undefined;
    for (const [index, source] of parsed.entries()) {
      try {
        const step = await stepOf(
          raw[index] ?? {},
          source,
          { application, sources, isOwn, refs, spend },
          claims,
        );
        if (step) steps.push(step);
        if (filled(source.chart)) refused ??= versionRange(source);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused ??= error.reason;
      }
    }
    return { steps, claims, ...(refused ? { refused } : {}) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { steps: [], claims, refused: error.reason };
  }
}

/** What people write: of several sources the list counts, of a hydrator the dry source. Throws a {@link Refusal}. */
export function sourcesOf({ spec }: Application): readonly Readonly<Record<string, unknown>>[] {
  if (spec.sourceHydrator) return [spec.sourceHydrator.drySource];
  if (spec.sources && spec.sources.length > 0) return spec.sources;
  return spec.source ? [spec.source] : refuse("invalid", "the Application has no source");
}

/** `undefined` where the source is there only for others to refer to. */
async function stepOf(
  raw: Readonly<Record<string, unknown>>,
  written: Source,
  context: Context,
  claims: string[],
): Promise<Step | undefined> {
  const { application, sources, isOwn } = context;
  const namespace = application.spec.destination?.namespace ?? undefined;
  const destination = {
    name: application.metadata.name,
    namespace: namespace === "" ? undefined : namespace,
  };
  if (filled(written.chart)) {
    const scope = scopeOf(written, undefined, context);
    const step = helmStep(remoteChart(written), written.helm ?? {}, scope, destination);
    claims.push(...step.values.flatMap((layer) => ("file" in layer ? [layer.file] : [])));
    return step;
  }
  if (filled(written.ref) && !filled(written.path)) return undefined;
  requireOwn(written, isOwn);
  const folder =
    resolveInTree("", written.path ?? "") ??
    refuse("outside-tree", `${shownName(written.path ?? "")} leads out of the repository`);
  if (!sources.hasFolder(folder)) refuse("missing-path", `the repository has no folder ${shownName(folder)}`);
  // The root is not claimed as a whole: everything lies in it.
  if (folder !== "") claims.push(folder);
  requireBranch(written.targetRevision);
  const { source, files } = await withSourceFiles(raw, folder, application, sources);
  claims.push(...files);
  const scope = scopeOf(source, folder, context);
  const { substitute } = scope;
  const place = { sources, folder, namespace: destination.namespace, substitute, spend: context.spend };
  switch (toolOf(source, folder, sources)) {
    case "plugin":
      return refuse("plugin", "the source is rendered by a plugin of Argo CD");
    case "helm": {
      if (!sources.has(folder === "" ? "Chart.yaml" : `${folder}/Chart.yaml`))
        refuse("missing-path", `${shownName(folder)} has no Chart.yaml`);
      claims.push(folder);
      const step = helmStep({ path: folder }, source.helm ?? {}, scope, destination);
      claims.push(...step.values.flatMap((layer) => ("file" in layer ? [layer.file] : [])));
      return step;
    }
    case "kustomize":
      claims.push(folder);
      return await kustomizeStep(source.kustomize ?? {}, place);
    case "directory": {
      const step = await directoryStep(source.directory ?? {}, place);
      for (const file of step.files) claims.push(file);
      return step;
    }
  }
}

type Tool = "helm" | "kustomize" | "directory" | "plugin";

/** The one that is named, else by what lies in the folder; of a chart and a kustomization the latter. */
function toolOf(source: Source, folder: string, sources: Sources): Tool {
  const tools = ["kustomize", "helm", "directory", "plugin"] as const;
  const named = tools.filter((tool) => source[tool] !== undefined && source[tool] !== null);
  const [tool] = named;
  if (named.length > 1) return refuse("invalid", `the source names several tools: ${named.join(", ")}`);
  if (tool) return tool;
  if (kustomizationFile(folder, sources) !== undefined) return "kustomize";
  return sources.in(folder).some((file) => file.endsWith("Chart.yaml")) ? "helm" : "directory";
}

function scopeOf(
  source: Source,
  folder: string | undefined,
  { application, sources, isOwn, refs, spend }: Context,
): FileScope {
  return {
    sources,
    folder,
    spend,
    substitute: buildEnvironment(application, source),
    requireOwnRef: (name) => {
      const target = refs.get(name);
      if (!target) return false;
      requireOwn(target, isOwn);
      requireBranch(target.targetRevision);
      return true;
    },
  };
}

function requireOwn({ repoURL }: Source, isOwn: (repoUrl: string) => boolean): void {
  if (!isOwn(repoURL))
    refuse("other-repository", `the source is ${shownName(withoutUser(repoURL))}, another repository`);
}

function filled(text: string | null | undefined): text is string {
  return text !== undefined && text !== null && text !== "";
}
