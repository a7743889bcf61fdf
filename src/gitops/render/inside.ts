import { constants } from "node:fs";
import { open, readdir, readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { Reason } from "../../domain/reason.ts";
import { shownName } from "./message.ts";

/** The folders that a render may read, absolute; whatever leads out of them is refused as `outside-tree`. */
export type Roots = readonly string[];

const LARGEST_FILE = 64 * 2 ** 20;
/** Of a file that says how to render others. */
const LARGEST_DESCRIPTION = 2 * 2 ** 20;
const MOST_ENTRIES = 50_000;

/** The real path of a file or folder, or why it is refused. */
export async function insideRoots(
  file: string,
  roots: Roots,
): Promise<{ real: string } | { refused: Reason }> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return refused("missing-file", `there is no ${await shownPath(file, roots)}`);
  const realRoots = await Promise.all(roots.map(async (root) => await realpath(root)));
  if (!realRoots.some((root) => real === root || real.startsWith(root.endsWith("/") ? root : `${root}/`)))
    return refused("outside-tree", `${await shownPath(file, roots)} lies outside of the tree`);
  return { real };
}

/** The bytes of a regular file within the roots. */
export async function readInside(
  file: string,
  roots: Roots,
): Promise<{ bytes: Uint8Array } | { refused: Reason }> {
  const inside = await insideRoots(file, roots);
  if ("refused" in inside) return inside;
  // A pipe would keep a plain open waiting for ever.
  const handle = await open(inside.real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    const shown = await shownPath(file, roots);
    if (!stats.isFile()) return refused("not-a-file", `${shown} is not a file`);
    if (stats.size > LARGEST_FILE) return refused("file-too-large", `${shown} is larger than 64 MiB`);
    return { bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** The text of a Chart.yaml, a kustomization, …: `undefined` where there is none, or one of no sensible size. */
export async function readDescription(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true && stats.size <= LARGEST_DESCRIPTION
    ? await readFile(file, "utf8")
    : undefined;
}

/**
 * Why a folder can't be handed to a program that follows links: one leads out of the roots, or in a circle.
 * `undefined` where all is well.
 */
export async function wayOut(folder: string, roots: Roots): Promise<Reason | undefined> {
  const start = await insideRoots(folder, roots);
  if ("refused" in start) return start.refused;
  let entries = 0;
  const visit = async (at: string, real: string, above: readonly string[]): Promise<Reason | undefined> => {
    if (above.includes(real))
      return {
        code: "link-loop",
        message: `${await shownPath(at, roots)} links to a folder that contains it`,
      };
    for (const entry of await readdir(real, { withFileTypes: true })) {
      entries += 1;
      if (entries > MOST_ENTRIES)
        return { code: "too-many-files", message: `${await shownPath(folder, roots)} holds too many files` };
      const below = path.join(at, entry.name);
      if (!entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink())
        return {
          code: "not-a-file",
          message: `${await shownPath(below, roots)} is neither a file nor a folder`,
        };
      let target = path.join(real, entry.name);
      let isFolder = entry.isDirectory();
      if (entry.isSymbolicLink()) {
        const inside = await insideRoots(below, roots);
        if ("refused" in inside) return inside.refused;
        target = inside.real;
        isFolder = await isDirectory(target);
      }
      const found = isFolder ? await visit(below, target, [...above, real]) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return await visit(folder, start.real, []);
}

/** A path as a person knows it: relative to the root that holds it. */
export async function shownPath(file: string, roots: Roots): Promise<string> {
  const candidates = [...roots, ...(await Promise.all(roots.map(async (root) => await realpath(root))))];
  const relative = candidates
    .map((root) => path.relative(root, file))
    .find((candidate) => !candidate.startsWith("..") && !path.isAbsolute(candidate));
  return shownName(relative ?? path.basename(file));
}

async function isDirectory(file: string): Promise<boolean> {
  return await readdir(file).then(
    () => true,
    () => false,
  );
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
