import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { FileChange } from "../gitops/tree-change.ts";
import { resolveInside } from "../gitops/directory-tree.ts";

/**
 * Writes all files or none: new texts are laid beside the old ones first, and take their places only when
 * every one is there. Rejects where a file is no longer what the edit was computed from.
 */
export async function writeFiles(folder: string, files: readonly FileChange[]): Promise<void> {
  const staged: { readonly target: string; readonly draft: string }[] = [];
  try {
    for (const file of files) {
      const target = await resolveInside(folder, file.path);
      const there = await readFile(target, "utf8").catch(missing);
      if (there !== file.before)
        throw new Error(
          `${file.path}: changed while Loadline was at work; nothing was written, run it again`,
        );
      const draft = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.tmp`);
      staged.push({ target, draft });
      const mode = there === undefined ? 0o644 : (await stat(target)).mode;
      await writeFile(draft, file.after, { mode, flag: "wx" });
    }
    for (const { target, draft } of staged) await rename(draft, target);
  } finally {
    await Promise.all(staged.map(async ({ draft }) => await rm(draft, { force: true })));
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
