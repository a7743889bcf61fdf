import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

/** A repository with one commit, in a folder that goes away with it. */
export interface GitFolder extends AsyncDisposable {
  readonly folder: string;
  /** What changed since the first commit, one `added removed path` a file. */
  readonly changedLines: () => Promise<Record<string, { added: number; removed: number }>>;
}

export async function gitFolder(content: {
  from?: string;
  files?: Readonly<Record<string, string>>;
}): Promise<GitFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-repository-"));
  if (content.from !== undefined) await cp(content.from, folder, { recursive: true });
  for (const [file, text] of Object.entries(content.files ?? {})) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const git = async (...args: string[]): Promise<string> =>
    (await execa("git", args, { cwd: folder })).stdout;
  await git("init", "--quiet");
  await git("-c", "core.autocrlf=false", "add", "--all");
  await git("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "-m", "first");
  return {
    folder,
    changedLines: async () => {
      const listing = await git("diff", "--numstat", "HEAD");
      const rows = listing
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split("\t"));
      return Object.fromEntries(
        rows.map(([added, removed, file]) => [file, { added: Number(added), removed: Number(removed) }]),
      );
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}
