import path from "node:path";
import type { Reason } from "../../domain/reason.ts";
import { type Roots, wayOut } from "./inside.ts";
import { type RunLimits, runIsolated } from "./isolation.ts";
import { kustomizeReach } from "./kustomize-reach.ts";
import { cleanMessage } from "./message.ts";
import type { Program } from "./program.ts";
import { parseRendered, type Rendered } from "./rendered.ts";
import { explainRun } from "./run-failure.ts";

/** All that one build depends on, but for the versions of kustomize and helm. */
export interface KustomizeSpec {
  /** Absolute: the folder of the kustomization. */
  readonly folder: string;
  /** Nothing outside of these is read. */
  readonly roots: Roots;
  /** Inflate `helmCharts`; without it a kustomization that has some is refused. */
  readonly enableHelm?: boolean;
  /**
   * Files may come from the whole tree, as Flux has it, and not from the kustomization's own folder alone, as
   * kustomize and Argo CD have it.
   */
  readonly filesOfWholeTree?: boolean;
}

/** Builds a kustomization with `kustomize` or the one inside of kubectl; never with plugins or functions. */
export async function kustomizeBuild(
  program: Program,
  spec: KustomizeSpec,
  {
    limits = {},
    helm,
    network = false,
  }: { limits?: Partial<RunLimits>; helm?: Program | undefined; network?: boolean } = {},
): Promise<Rendered> {
  const reach = await kustomizeReach(spec.folder, { roots: spec.roots, network });
  if ("refused" in reach) return reach;
  if (reach.charts && spec.enableHelm !== true)
    return refused("helm-not-enabled", "the kustomization inflates charts, and that is not enabled for it");
  if (reach.charts && helm === undefined)
    return refused("renderer-missing", "the kustomization inflates charts, and helm is missing");
  if (reach.charts && reach.plugins) {
    // A generator may inflate a chart that was not looked at, and helm follows links.
    const out = (await Promise.all(spec.roots.map(async (root) => await wayOut(root, spec.roots)))).find(
      Boolean,
    );
    if (out) return { refused: out };
  }
  // Plugins name files that were not checked: these stay within kustomize's own wall.
  const everywhere = spec.filesOfWholeTree === true && !reach.plugins;
  const programArguments = [
    program.name === "kubectl" ? "kustomize" : "build",
    path.resolve(spec.folder),
    `--load-restrictor=${everywhere ? "LoadRestrictionsNone" : "LoadRestrictionsRootOnly"}`,
    ...(reach.charts && helm ? ["--enable-helm", `--helm-command=${helm.path}`] : []),
  ];
  const fetches = network && (reach.remote || reach.charts);
  const result = await runIsolated(program.path, programArguments, { ...limits, network: fetches });
  if (result.status === "done") {
    const rendered = parseRendered(result.stdout);
    return "refused" in rendered ? rendered : { ...rendered, fetched: fetches };
  }
  if (result.status !== "failed") return { refused: explainRun("kustomize", result.status, limits) };
  return { refused: whatKustomizeSaid(result.stderr, spec.roots) };
}

function whatKustomizeSaid(stderr: string, roots: Roots): Reason {
  const said = cleanMessage(stderr, new Map(roots.map((root) => [root, ""])));
  if (/external plugins disabled|alpha-plugins|enable-exec|fn image|function runtime/i.test(stderr))
    return {
      code: "plugin-or-exec-function",
      message: `the kustomization runs a program of its own: ${said}`,
    };
  if (/security; file|is not in or below/.test(stderr))
    return { code: "outside-tree", message: `kustomize: ${said}` };
  if (stderr.includes("unknown shorthand flag: 'c' in -c"))
    return {
      code: "renderer-missing",
      message: "this kustomize can't drive helm 4: bring kustomize 5.8 or helm 3",
    };
  const missing = /missing in charts\/ directory: (.+)/.exec(stderr)?.[1];
  if (missing !== undefined)
    return {
      code: "needs-network",
      message: `a chart needs charts that are not in its charts/: ${cleanMessage(missing)}`,
    };
  return { code: "render-failed", message: `kustomize: ${said}` };
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
