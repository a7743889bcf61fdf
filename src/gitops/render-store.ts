import { createHash } from "node:crypto";
import type { Step } from "./recipe.ts";
import type { Renderer } from "./render/renderer.ts";
import type { RenderedObjects } from "./render/rendered.ts";
import type { Sources } from "./sources.ts";

/** Renderings of this and earlier runs. What can't be kept or found again is rendered anew: it never fails. */
export interface RenderStore {
  get(key: string): Promise<RenderedObjects | undefined>;
  put(key: string, rendered: RenderedObjects): Promise<void>;
}

/** Raised when the same step, files and programs come to be rendered into something else than before. */
const FORMAT = 1;

/**
 * What a step's rendering depends on, as one SHA-256: the step itself, the programs, and path and content of
 * every file that is read. `undefined` where one can't be read. `chart`: the digest of one that was pulled.
 */
export async function renderKey(
  step: Step,
  {
    reads,
    sources,
    renderer,
    chart,
  }: {
    readonly reads: Iterable<string>;
    readonly sources: Sources;
    readonly renderer: Renderer;
    readonly chart: string | undefined;
  },
): Promise<string | undefined> {
  const files: [string, string][] = [];
  for (const file of [...reads].sort()) {
    const digest = sources.has(file) ? await sources.digest(file) : "";
    if (digest === undefined) return undefined;
    files.push([file, digest]);
  }
  const { versions, network } = renderer;
  const all = [FORMAT, step, versions.helm, versions.kustomize, network, chart, files];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}
