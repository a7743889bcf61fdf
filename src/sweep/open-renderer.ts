import { homedir } from "node:os";
import path from "node:path";
import { programRenderer, type Renderer } from "../gitops/render/renderer.ts";

/** helm and kustomize as the environment has them; charts are pulled only where the network is allowed. */
export async function openRenderer(options: { readonly network?: boolean } = {}): Promise<Renderer> {
  const { XDG_CACHE_HOME: cache = path.join(homedir(), ".cache") } = process.env;
  return await programRenderer({
    chartCache: path.join(cache, "loadline", "charts"),
    environment: process.env,
    network: options.network ?? false,
  });
}
