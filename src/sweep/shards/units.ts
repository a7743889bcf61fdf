import type { ScannedContainer } from "../../gitops/scan.ts";
import { placeOf } from "../../gitops/scan.ts";
import { RESOURCE_FIELDS } from "../../domain/resources.ts";
import { applicationOf } from "../../proposals/groups.ts";

export interface UnitTerms {
  /** Whether all of a repository is for one pull request, or for several that can't be told apart before the edits. */
  readonly isWhole: (repository: string) => boolean;
  /** Whether a workload has a pull request of its own, wherever it is declared. */
  readonly byWorkload: (repository: string) => boolean;
  /** Whether the same container waits for itself in another environment. */
  readonly byEnvironment: boolean;
}

/**
 * What has to be planned together, as a name for each container: an application, with all that share a file with it,
 * since one pull request may be for all of them. The same for the same repositories, whatever is looked at first.
 */
export function unitsOf(
  containers: readonly ScannedContainer[],
  terms: UnitTerms,
): ReadonlyMap<ScannedContainer, string> {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    // Those on the way are put below it, so that no chain stays long.
    for (let at = key; at !== root;) {
      const next = parents.get(at) ?? root;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  for (const one of containers) {
    const [first, ...others] = keysOf(one, terms);
    for (const other of others) {
      const [a, b] = [rootOf(first), rootOf(other)];
      if (a !== b) parents.set(a < b ? b : a, a < b ? a : b);
    }
  }
  return new Map(containers.map((one) => [one, rootOf(keysOf(one, terms)[0])]));
}

/** The smallest of those that are together names them: that of an application. */
function keysOf(
  at: ScannedContainer,
  { isWhole, byWorkload, byEnvironment }: UnitTerms,
): [string, ...string[]] {
  const { repository, recipe, kind, workload, container } = at;
  const key = (what: string, name: string): string => JSON.stringify([what, repository, name]);
  const files = RESOURCE_FIELDS.flatMap((field) => placeOf(at, field)?.file ?? []);
  return [
    key("application", applicationOf(recipe)),
    ...(isWhole(repository) ? [wholeUnit(repository)] : []),
    ...files.map((file) => key("file", file)),
    ...(byWorkload(repository) ? [key("workload", `${kind}/${workload}`)] : []),
    ...(byEnvironment ? [JSON.stringify(["namesakes", kind, workload, container])] : []),
  ];
}

/** Of a repository that is planned as one: before all other names, so that it names the unit. */
export function wholeUnit(repository: string): string {
  return JSON.stringify(["all", repository]);
}
