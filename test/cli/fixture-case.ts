import { readFile } from "node:fs/promises";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { gitFolder, type GitFolder } from "../support/git-folder.ts";
import { loadline, type Ran } from "../support/loadline.ts";
import { rendererEnvironment, renderersForTests } from "../support/renderers.ts";

export const renderers = await renderersForTests();

const CASES = path.join(import.meta.dirname, "..", "..", "manifests-fixtures", "cases");

/** The files of the repository of a case, for reading. */
export function caseFolder(name: string): string {
  return path.join(CASES, name, "repo");
}

/** A scratch copy of the repository of a case, with no remotes. */
export async function caseCopy(name: string): Promise<GitFolder> {
  return await gitFolder({ from: caseFolder(name) });
}

/** The command line with real helm and kubectl. */
export async function run(...args: string[]): Promise<Ran> {
  return await loadline(args, { env: renderers ? rendererEnvironment(renderers) : {} });
}

/** What a published schema finds wrong with a printed object; null where all is well. */
export async function faultsBySchema(name: string, printed: string): Promise<unknown> {
  const schema: unknown = JSON.parse(await readFile(`schemas/${name}.schema.json`, "utf8"));
  if (typeof schema !== "object" || schema === null) throw new Error(`${name}: no schema`);
  const validate = new Ajv2020({ strict: false }).compile(schema);
  validate(JSON.parse(printed));
  return validate.errors ?? null;
}

/** A verb in a scratch copy of a case. */
export async function runIn(name: string, verb: string, ...args: string[]): Promise<Ran> {
  await using copy = await caseCopy(name);
  return await run(verb, "--repo", copy.folder, ...args);
}
