import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { renderFolder } from "../../gitops/render-folder.ts";
import type { RenderStore } from "../../gitops/render-store.ts";
import { programRenderer, type Renderer } from "../../gitops/render/renderer.ts";
import { cacheFolder } from "./cache-folder.ts";

/** helm and kustomize as the environment has them; charts are pulled only where the network is allowed. */
export async function openRenderer(options: { readonly network?: boolean } = {}): Promise<Renderer> {
  return await programRenderer({
    chartCache: path.join(cacheFolder(), "charts"),
    environment: process.env,
    network: options.network ?? false,
  });
}

/** Renderings of earlier runs of this version, of which manifests may hold secrets: for their owner alone. */
export async function openRenderStore(): Promise<RenderStore> {
  const manifest = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  return renderFolder(path.join(cacheFolder(), "renders"), { edition: version });
}
