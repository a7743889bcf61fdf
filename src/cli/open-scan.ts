import { realpath } from "node:fs/promises";
import path from "node:path";
import { type Command, Option } from "commander";
import { directoryTree, remotesOf } from "../gitops/directory-tree.ts";
import { type RepositoryScan, scanRepository } from "../gitops/scan-repository.ts";
import type { ScanStats } from "../report/scan-report.ts";
import { openRenderer, openRenderStore } from "../sweep/open/open-renderer.ts";
import { isOwnAddress } from "../domain/repository-identity.ts";
import { terminalProgress } from "./progress.ts";

/** What the verbs share that need no cluster. */
export interface ScanOptions {
  readonly repo: string;
  readonly network?: boolean;
}

export interface OpenedScan {
  readonly scan: RepositoryScan;
  /** Absolute, links resolved. */
  readonly folder: string;
}

export function withScanOptions(command: Command): Command {
  return command
    .requiredOption("--repo <dir>", "folder of a repository with manifests")
    .option("--network", "fetch remote charts and bases by exact version")
    .addOption(
      new Option("--offline", "refuse what needs a remote chart or base (the default)").conflicts("network"),
    );
}

/** Scans the repository in a folder, saying on a terminal what takes so long. */
export async function openScan({ repo, network }: ScanOptions): Promise<OpenedScan> {
  const tree = await directoryTree(repo);
  const folder = await realpath(repo);
  const progress = terminalProgress();
  try {
    progress.step("rendering every recipe, and tracing its numbers to their lines");
    const scan = await scanRepository(path.basename(folder), tree, {
      renderer: await openRenderer({ network: network ?? false }),
      kept: await openRenderStore(),
      isOwn: isOwnAddress(await remotesOf(folder)),
    });
    return { scan, folder };
  } finally {
    progress.done();
  }
}

/** `started` as `performance.now()` gave it. */
export function scanStats({ scan }: OpenedScan, started: number, moreRenders = 0): ScanStats {
  return {
    renders: scan.renders + moreRenders,
    files: scan.sources.files.length,
    seconds: Math.round(performance.now() - started) / 1000,
  };
}
