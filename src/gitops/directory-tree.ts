import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { execa } from "execa";
import { InputError } from "../domain/input-error.ts";
import { FileTooLarge, type Tree } from "./tree.ts";

const LARGEST_FILE = 64 * 2 ** 20;
/** After so many others have their turn: one takes some 30 microseconds. */
const READS_AT_ONCE = 50;
const NEVER_DESCENDED = new Set([".git", "node_modules"]);

/** The working tree in a folder: what git tracks or would track, else every file below it. */
export async function directoryTree(root: string): Promise<Tree> {
  const folder = await realpath(root).catch(() => undefined);
  if (folder === undefined || !(await lstat(folder)).isDirectory())
    throw new InputError(`--repo ${root}: there is no such folder`);
  let listed: Promise<readonly string[]> | undefined;
  let reads = 0;
  return {
    files: () => (listed ??= listFiles(folder)),
    async read(file) {
      reads += 1;
      if (reads % READS_AT_ONCE === 0) await setImmediate();
      return readInside(folder, file);
    },
  };
}

/** The absolute path of a file of the tree; throws where it would lie outside or behind a link. */
export async function resolveInside(folder: string, file: string): Promise<string> {
  const absolute = path.resolve(folder, file);
  requireInside(folder, file, await realpath(path.dirname(absolute)));
  return absolute;
}

function requireInside(folder: string, file: string, realFolder: string): void {
  const absolute = path.resolve(folder, file);
  const relative = path.relative(folder, absolute);
  const outside = relative === ".." || relative.startsWith(`..${path.sep}`);
  if (outside || realFolder !== path.dirname(absolute))
    throw new Error(`${file}: lies outside the tree or behind a link`);
}

/** At once, for handing each of thousands of small files to another thread takes five times as long. */
function readInside(folder: string, file: string): Uint8Array {
  const absolute = path.resolve(folder, file);
  requireInside(folder, file, realpathSync.native(path.dirname(absolute)));
  // A pipe that took the file's place would keep a plain open waiting for ever.
  const opened = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(opened);
    if (!stats.isFile()) throw new Error(`${file}: is no file`);
    if (stats.size > LARGEST_FILE) throw new FileTooLarge(`${file}: larger than 64 MiB`);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

async function listFiles(folder: string): Promise<readonly string[]> {
  return ((await gitFiles(folder)) ?? (await walk(folder, ""))).sort();
}

/** `undefined` where the folder belongs to no git repository. */
async function gitFiles(folder: string): Promise<string[] | undefined> {
  const list = await execa(
    "git",
    ["ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    {
      cwd: folder,
      reject: false,
      env: {
        GIT_OPTIONAL_LOCKS: "0",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.fsmonitor",
        GIT_CONFIG_VALUE_0: "false",
      },
    },
  );
  if (list.exitCode !== 0) return undefined;
  const candidates = list.stdout
    .split("\0")
    .filter((entry) => entry !== "")
    .map(pathOfRegularFile);
  const kinds = await Promise.all(
    candidates.map(async (file) =>
      file !== undefined && (await isRegular(folder, file)) ? file : undefined,
    ),
  );
  // A file in a merge conflict is listed once for each side.
  return [...new Set(kinds.filter((file) => file !== undefined))];
}

/** `100644 <sha> 0\tpath` for tracked files, the path alone for others; links and submodules are passed over. */
function pathOfRegularFile(entry: string): string | undefined {
  const staged = /^(\d{6}) [0-9a-f]+ \d\t(.*)$/s.exec(entry);
  if (!staged) return entry;
  return staged[1]?.startsWith("100") ? staged[2] : undefined;
}

async function isRegular(folder: string, file: string): Promise<boolean> {
  const stats = await lstat(path.join(folder, file)).catch(() => undefined);
  return stats?.isFile() ?? false;
}

async function walk(folder: string, below: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const file = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return NEVER_DESCENDED.has(entry.name) ? [] : await walk(folder, file);
      return entry.isFile() ? [file] : [];
    }),
  );
  return found.flat();
}

/** Addresses of the remotes of a folder's repository, none where it belongs to none. */
export async function remotesOf(folder: string): Promise<string[]> {
  const { exitCode, stdout } = await execa("git", ["remote", "--verbose"], { cwd: folder, reject: false });
  if (exitCode !== 0) return [];
  return [...new Set(stdout.split("\n").flatMap((line) => line.split(/\s/)[1] ?? []))];
}

/** The commit that is checked out; `undefined` where the folder belongs to no Git repository, or to an empty one. */
export async function commitOf(folder: string): Promise<string | undefined> {
  const { exitCode, stdout } = await execa("git", ["rev-parse", "--verify", "--quiet", "HEAD"], {
    cwd: folder,
    reject: false,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}
