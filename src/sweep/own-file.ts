import { parseRepositoryFile, REPOSITORY_FILE, type RepositoryFile } from "../config/repository-file.ts";
import { InputError } from "../domain/input-error.ts";
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
