import { type InstalledRenderers, installRenderers } from "../../scripts/install-renderers.ts";

/**
 * Real helm and kubectl, brought when they are missing. `undefined` where they can't be had, said loudly; in CI
 * that is a failure. Tests stand in `describe.skipIf(!renderers)`.
 */
export async function renderersForTests(): Promise<InstalledRenderers | undefined> {
  try {
    return await installRenderers();
  } catch (error) {
    if (process.env["CI"]) throw error;
    console.warn(`SKIPPED: tests of helm and kustomize, for these can't be had: ${String(error)}`);
    return undefined;
  }
}

/** What makes Loadline itself, started by a test, use these programs. */
export function rendererEnvironment({ current }: InstalledRenderers): Record<string, string> {
  return { LOADLINE_HELM: current.helm, LOADLINE_KUBECTL: current.kubectl };
}
