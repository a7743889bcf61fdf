import type { Config } from "../../config/schema.ts";
import { REPOSITORY_FILE, type RepositoryFile } from "../../config/repository-file.ts";
import { InputError } from "../../domain/input-error.ts";
import { earlierTexts, textAt } from "../../github/earlier-texts.ts";
import type { InstalledRepository } from "../../github/repository.ts";
import type { Snapshot } from "../../github/snapshot.ts";
import { FileTooLarge, type Tree } from "../../gitops/tree.ts";
import { operatorPolicies } from "../policy.ts";
import { type PresetSource, type PresetTerms, type Resolved, resolvePresets } from "./presets.ts";

const MOST_BYTES = 2 ** 20;

/**
 * What a repository says of its own workloads, its presets included; `undefined` where it says nothing. Rejects with
 * an `InputError` that names each fault as `file:line:column`, or where it goes beyond what the operator allows.
 */
export async function readOwnFile(
  tree: Tree,
  config: Config,
  from: PresetSource,
): Promise<RepositoryFile | undefined> {
  const text = await ownText(tree);
  if (text === undefined) return undefined;
  const terms = { from, mayExtend: () => true, allowed: operatorPolicies(config) };
  const { own, faults } = await resolvePresets(text, REPOSITORY_FILE, terms);
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  return own;
}

/** What is wrong with a repository's own file or a preset of it, a line for each fault. */
export interface OwnFault {
  readonly said: string;
  /** What counts meanwhile, each such as `the file as it was at 1a2b3c4d5e`; without any nothing does. */
  readonly inForce: readonly string[];
}

/** What counts now of a repository that is not at hand, in one request and those for its presets. */
export async function ownFileNow(
  repository: InstalledRepository,
  config: Config,
  from: PresetSource,
): Promise<RepositoryFile | undefined> {
  const text = await textAt(repository, REPOSITORY_FILE);
  if (text === undefined) return undefined;
  const tree = { files: async () => [REPOSITORY_FILE], read: async () => Buffer.from(text) };
  return (await ownFileOf(repository, { tree }, config, from)).own;
}

/** The same of a repository on GitHub, where the last good one stays in force while there is a fault. */
export async function ownFileOf(
  repository: InstalledRepository,
  { tree, commit }: Pick<Snapshot, "tree"> & { readonly commit?: string },
  config: Config,
  from: PresetSource,
): Promise<{ readonly own?: RepositoryFile; readonly fault?: OwnFault }> {
  const terms: PresetTerms = {
    from,
    mayExtend: (name) => isNamed(config.presets, name) || ownerOf(name) === repository.owner.toLowerCase(),
    allowed: operatorPolicies(config),
  };
  const found = await resolveNow(tree, terms);
  if (!found) return {};
  const { own, faults, inForce } = found;
  const said = faults.join("\n");
  if (own) return { own, ...(faults.length > 0 ? { fault: { said, inForce } } : {}) };
  for await (const earlier of earlierTexts(repository, REPOSITORY_FILE, commit)) {
    const before = await resolvePresets(earlier.text, REPOSITORY_FILE, terms);
    const itself = `the file as it was at ${earlier.commit.slice(0, 10)}`;
    if (before.own) return { own: before.own, fault: { said, inForce: [itself, ...before.inForce] } };
  }
  return { fault: { said, inForce: [] } };
}

async function resolveNow(tree: Tree, terms: PresetTerms): Promise<Resolved | undefined> {
  try {
    const text = await ownText(tree);
    return text === undefined ? undefined : await resolvePresets(text, REPOSITORY_FILE, terms);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { faults: [error.message], inForce: [] };
  }
}

async function ownText(tree: Tree): Promise<string | undefined> {
  if (!(await tree.files()).includes(REPOSITORY_FILE)) return undefined;
  const bytes = await tree.read(REPOSITORY_FILE).catch((error: unknown) => {
    if (error instanceof FileTooLarge) return undefined;
    throw error;
  });
  if (bytes === undefined || bytes.length > MOST_BYTES)
    throw new InputError(`${REPOSITORY_FILE}: is larger than 1 MiB`);
  return new TextDecoder().decode(bytes);
}

function isNamed(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

function ownerOf(name: string): string | undefined {
  return name.split("/", 1)[0]?.toLowerCase();
}
