import { parseRepositoryFile, REPOSITORY_FILE, type RepositoryFile } from "../config/repository-file.ts";
import { InputError } from "../domain/input-error.ts";
import { type EarlierText, earlierTexts } from "../github/earlier-texts.ts";
import type { InstalledRepository } from "../github/repository.ts";
import type { Snapshot } from "../github/snapshot.ts";
import { FileTooLarge, type Tree } from "../gitops/tree.ts";
import { operatorPolicies, type OperatorPolicies } from "./policy.ts";

const MOST_BYTES = 2 ** 20;

/**
 * What a repository says of its own workloads; `undefined` where it says nothing. Rejects with an `InputError` that
 * names each fault as `file:line:column`, or where it goes beyond what the operator allows.
 */
export async function readOwnFile(tree: Tree, config: OperatorPolicies): Promise<RepositoryFile | undefined> {
  if (!(await tree.files()).includes(REPOSITORY_FILE)) return undefined;
  const bytes = await tree.read(REPOSITORY_FILE).catch((error: unknown) => {
    if (error instanceof FileTooLarge) return undefined;
    throw error;
  });
  if (bytes === undefined || bytes.length > MOST_BYTES)
    throw new InputError(`${REPOSITORY_FILE}: is larger than 1 MiB`);
  return parseRepositoryFile(new TextDecoder().decode(bytes), REPOSITORY_FILE, operatorPolicies(config));
}

/** What is wrong with a repository's own file, a line for each fault. */
export interface OwnFault {
  readonly said: string;
  /** The commit from which what it said before stays in force; without one nothing does. */
  readonly inForce?: string;
}

/** The same of a repository on GitHub, where the last good one stays in force while there is a fault. */
export async function ownFileOf(
  repository: InstalledRepository,
  { tree, commit }: Snapshot,
  config: OperatorPolicies,
): Promise<{ readonly own?: RepositoryFile | undefined; readonly fault?: OwnFault }> {
  try {
    return { own: await readOwnFile(tree, config) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const said = error.message;
    for await (const earlier of earlierTexts(repository, commit, REPOSITORY_FILE)) {
      const own = parsed(earlier, config);
      if (own) return { own, fault: { said, inForce: earlier.commit } };
    }
    return { fault: { said } };
  }
}

function parsed({ text }: EarlierText, config: OperatorPolicies): RepositoryFile | undefined {
  try {
    return parseRepositoryFile(text, REPOSITORY_FILE, operatorPolicies(config));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
