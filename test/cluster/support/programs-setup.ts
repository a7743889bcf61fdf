import type { TestProject } from "vitest/node";
import { execa } from "execa";
import { installCluster } from "../../../scripts/install-cluster.ts";
import { installRenderers } from "../../../scripts/install-renderers.ts";

/** Absolute paths: folders of what was built, and programs that were brought. */
export type ClusterPrograms = Awaited<ReturnType<typeof findPrograms>>;

declare module "vitest" {
  interface ProvidedContext {
    /** Missing where they can't be had; then the suite skips. */
    clusterPrograms: ClusterPrograms | undefined;
  }
}

/** Builds what is missing, once for all files of the suite. In CI, what can't be had is a failure. */
export default async function setup(project: TestProject): Promise<void> {
  try {
    project.provide("clusterPrograms", await findPrograms());
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    console.warn(
      `\n*** SKIPPED: all tests on a real control plane, for it can't be had: ${String(error)} ***\n`,
    );
    project.provide("clusterPrograms", undefined);
  }
}

async function findPrograms() {
  for (const program of ["redis-server", "setpriv"])
    await execa(program, ["--version"]).catch(() => {
      throw new Error(`no ${program} on PATH: bash scripts/install-system.sh`);
    });
  const { current } = await installRenderers();
  return { ...current, ...(await installCluster((text) => console.log(text))) };
}
