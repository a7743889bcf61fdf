import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { Reason } from "../../domain/reason.ts";
import { type PulledChart, pullChart } from "./chart-cache.ts";
import type { ChartSource, PullChart } from "./chart-dependencies.ts";
import { type HelmSpec, helmTemplate } from "./helm.ts";
import type { RunLimits } from "./isolation.ts";
import { type KustomizeSpec, kustomizeBuild } from "./kustomize.ts";
import { findProgram, isNamed, type Program, type ProgramName, type ProgramPlaces } from "./program.ts";
import type { Rendered } from "./rendered.ts";

/** Turns sources into objects, by the programs that also the clusters' own tools use. */
export interface Renderer {
  /** Of what renders, for the key under which a rendering is kept; absent where the program is missing. */
  readonly versions: { readonly helm?: string; readonly kustomize?: string };
  /** Whether it may fetch what is not there. */
  readonly network: boolean;
  helmTemplate(spec: HelmSpec): Promise<Rendered>;
  kustomizeBuild(spec: KustomizeSpec): Promise<Rendered>;
  pullChart(source: ChartSource): Promise<PulledChart | { refused: Reason }>;
}

export interface RendererOptions {
  /** Paths that the user gave; else the environment and PATH are searched. */
  readonly helm?: string;
  readonly kubectl?: string;
  readonly kustomize?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Absolute: where pulled charts are kept. */
  readonly chartCache: string;
  /** Off unless given: charts and bases that are not there are refused. */
  readonly network?: boolean;
  readonly limits?: Partial<RunLimits>;
}

/** A renderer made of the programs of this machine; what needs one that is missing is refused with the reason. */
export async function programRenderer(options: RendererOptions): Promise<Renderer> {
  const { chartCache: cache, network = false, limits = {} } = options;
  const [helm, kustomize] = await Promise.all([find("helm", options), findKustomize(options)]);
  // One more than there are cores: a render also waits, for files and for its own start.
  const limit = pLimit(availableParallelism() + 1);
  const pull = async (source: ChartSource): ReturnType<Renderer["pullChart"]> =>
    "refused" in helm ? helm : await pullChart(helm, source, { cache, network, limits });
  const pullDependency: PullChart | undefined = network ? pull : undefined;
  return {
    versions: {
      ...("refused" in helm ? {} : { helm: helm.version }),
      ...("refused" in kustomize ? {} : { kustomize: kustomize.version }),
    },
    network,
    pullChart: async (source) => await limit(async () => await pull(source)),
    helmTemplate: async (spec) =>
      "refused" in helm
        ? helm
        : await limit(async () => await helmTemplate(helm, spec, { limits, pull: pullDependency })),
    kustomizeBuild: async (spec) =>
      "refused" in kustomize
        ? kustomize
        : await limit(
            async () =>
              await kustomizeBuild(kustomize, spec, {
                limits,
                network,
                helm: "refused" in helm ? undefined : helm,
              }),
          ),
  };
}

type Found = Program | { refused: Reason };

async function find(name: ProgramName, options: RendererOptions): Promise<Found> {
  return await findProgram(name, placesOf(name, options));
}

/** One that was named wins; `kustomize` itself is before the one inside of kubectl, which is often older. */
async function findKustomize(options: RendererOptions): Promise<Found> {
  const names = ["kustomize", "kubectl"] as const;
  const named = names.find((name) => isNamed(name, placesOf(name, options)));
  if (named) return await find(named, options);
  const own = await find("kustomize", options);
  const found = "refused" in own ? await find("kubectl", options) : own;
  return "refused" in found
    ? {
        refused: {
          code: "renderer-missing",
          message:
            "neither kustomize nor kubectl is on PATH; install one, or name it with LOADLINE_KUSTOMIZE or LOADLINE_KUBECTL",
        },
      }
    : found;
}

function placesOf(name: ProgramName, { environment, ...options }: RendererOptions): ProgramPlaces {
  return { path: options[name], ...(environment === undefined ? {} : { environment }) };
}
