import { tmpdir } from "node:os";
import path from "node:path";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import type { Tree } from "../../src/gitops/tree.ts";
import { treeOf } from "./files.ts";

/** A machine without helm and kustomize, which plain manifests don't need. */
export const refusingRenderer = await programRenderer({
  environment: {},
  chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
});

async function scanTree(tree: Tree): Promise<RepositoryScan> {
  return await scanRepository("acme/shop", tree, { renderer: refusingRenderer, isOwn: () => true });
}

export async function scanFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<RepositoryScan> {
  return await scanTree(treeOf(files));
}
