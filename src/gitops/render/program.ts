import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import type { Reason } from "../../domain/reason.ts";
import { runIsolated } from "./isolation.ts";
import { cleanMessage } from "./message.ts";

export type ProgramName = "helm" | "kubectl" | "kustomize";

/** A renderer on this machine. */
export interface Program {
  readonly name: ProgramName;
  /** Absolute. */
  readonly path: string;
  /** Without a leading `v`; of kubectl, that of the kustomize inside. */
  readonly version: string;
}

/** Where to look: a path that the user gave wins over the environment's `LOADLINE_HELM`, … and that over PATH. */
export interface ProgramPlaces {
  readonly path?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const VARIABLES = {
  helm: "LOADLINE_HELM",
  kubectl: "LOADLINE_KUBECTL",
  kustomize: "LOADLINE_KUSTOMIZE",
} as const;

const VERSION_ARGUMENTS: Record<ProgramName, readonly string[]> = {
  helm: ["version", "--template={{.Version}}"],
  kubectl: ["version", "--client", "--output=json"],
  kustomize: ["version"],
};

const VERSION = /v(\d+\.\d+\.\d+(?:-[\w.]+)?)/;
const KUSTOMIZE_IN_KUBECTL = /"kustomizeVersion":\s*"v(\d+\.\d+\.\d+(?:-[\w.]+)?)/;

/** Whether the user said which program it is. */
export function isNamed(
  name: ProgramName,
  { path: given, environment = process.env }: ProgramPlaces,
): boolean {
  return (given ?? environment[VARIABLES[name]] ?? "") !== "";
}

/** Finds a renderer and asks for its version; `renderer-missing` says how to get or name it. */
export async function findProgram(
  name: ProgramName,
  { path: given, environment = process.env }: ProgramPlaces = {},
): Promise<Program | { refused: Reason }> {
  const named = given ?? environment[VARIABLES[name]];
  const found =
    named === undefined || named === "" ? await searchPath(name, environment["PATH"]) : path.resolve(named);
  if (found === undefined)
    return missing(`${name} is not on PATH; install it, or name it with ${VARIABLES[name]}`);
  if (!(await isExecutable(found)))
    return missing(`there is no program at ${found}; mend ${VARIABLES[name]} or the option that names it`);
  const answer = await runIsolated(found, VERSION_ARGUMENTS[name], { timeoutMillis: 20_000 });
  const pattern = name === "kubectl" ? KUSTOMIZE_IN_KUBECTL : VERSION;
  const version = answer.status === "done" ? pattern.exec(answer.stdout)?.[1] : undefined;
  if (version === undefined) {
    const said = answer.status === "failed" ? `: ${cleanMessage(answer.stderr)}` : "";
    return missing(
      `${found} does not tell its version${said}; name the program itself with ${VARIABLES[name]}`,
    );
  }
  return { name, path: found, version };
}

/** Relative folders of PATH are passed over: they would let a repository bring its own program. */
async function searchPath(name: string, folders = ""): Promise<string | undefined> {
  for (const folder of folders.split(path.delimiter)) {
    const candidate = path.join(folder, name);
    if (path.isAbsolute(folder) && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function missing(message: string): { refused: Reason } {
  return { refused: { code: "renderer-missing", message } };
}
