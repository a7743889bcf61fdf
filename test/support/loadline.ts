import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** Nothing that earlier runs kept is found, nor kept for later ones. */
const CACHE = mkdtempSync(path.join(tmpdir(), "loadline-cache-of-tests-"));
process.once("exit", () => rmSync(CACHE, { recursive: true, force: true }));
/** Where Node keeps the program's compiled code, by what it was compiled from: half of the time of a short run. */
const COMPILED = path.join(ROOT, "node_modules", ".cache", "loadline-of-tests");

export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as a user does, in a process of its own. */
export async function loadline(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [path.join(ROOT, "src", "main.ts"), ...args],
    {
      reject: false,
      stripFinalNewline: false,
      cwd: options.cwd ?? ROOT,
      env: { NO_COLOR: "1", XDG_CACHE_HOME: CACHE, NODE_COMPILE_CACHE: COMPILED, ...options.env },
    },
  );
  return { code: exitCode, out: stdout, err: stderr };
}
