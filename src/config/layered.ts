import { mergedSettings } from "./merge.ts";
import { overridesOfRepository, type RepositoryFile } from "./repository-file.ts";

/**
 * One file of several, the lowest first: settings of a later one count over those of an earlier one, a policy
 * replaces another of its name, and what any of them ignores is ignored, for the reason that the last one gives.
 */
export function layered(files: readonly RepositoryFile[]): RepositoryFile {
  return files.reduce((below, { version, policy, policies, ignore, ...rest }) => {
    const named = new Set(policies.map(({ name }) => name));
    return {
      version,
      policy: overridesOfRepository.parse(mergedSettings(below.policy, policy)),
      policies: [...below.policies.filter(({ name }) => !named.has(name)), ...policies],
      ignore: [...ignore, ...below.ignore],
      checks: rest.checks ?? below.checks,
      checksFailOn: rest.checksFailOn ?? below.checksFailOn,
      groupBy: rest.groupBy ?? below.groupBy,
    };
  }, NOTHING);
}

const NOTHING: RepositoryFile = { version: 1, policy: {}, policies: [], ignore: [] };
