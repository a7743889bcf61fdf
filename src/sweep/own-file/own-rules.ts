import { type Policies, policyFor } from "../../advice/policy-for.ts";
import { REPOSITORY_FILE, type RepositoryFile } from "../../config/repository-file.ts";
import type { Lesson } from "../../domain/after-merge.ts";
import type { Reason } from "../../domain/reason.ts";
import { type Container, type Workload, workloadKey } from "../../domain/workload.ts";
import { targetKey } from "../../followup/target.ts";
import { operatorPolicies, type OperatorPolicies, policiesOf } from "../policy.ts";
import { type DeliveriesOf, locators, type RepositorySource } from "../locate/source.ts";

/** What counts for one container of a cluster. */
export interface Rules {
  readonly policies: Policies;
  /** Why it is left alone, where its repository says so. */
  readonly ignored?: Reason;
  /** What was learned of it from merges that were taken back. */
  readonly lessons?: readonly Lesson[];
  /** Why only what hurts is changed now. */
  readonly watched?: Reason;
}

export type RulesFor = (cluster: string, workload: Workload, container: Container) => Rules;

/**
 * The operator's policies, and for what a repository declares also its own: these are as narrow as the policy
 * that the operator has for that very workload. Repositories without a scan have no say.
 */
export function rulesOf(
  config: OperatorPolicies,
  repositories: readonly RepositorySource[],
  nowMs: number,
  deliveriesOf: DeliveriesOf = () => undefined,
): RulesFor {
  const policiesFor = policiesWithOwn(config);
  const named = new Map(repositories.map((repository) => [repository.name, repository]));
  const locatorOf = locators(
    new Map(repositories.flatMap((one) => (one.scan ? [[one, one.scan] as const] : []))),
    deliveriesOf,
  );
  const today = new Date(nowMs).toISOString().slice(0, 10);
  return (cluster, workload, container) => {
    const location = locatorOf(cluster).locate(workload, container);
    const repository = "at" in location ? named.get(location.at.repository) : undefined;
    const own = repository?.own;
    const key = targetKey({ cluster, workload });
    const lessons = repository?.lessons?.get(key);
    const watched = whyWatched(repository?.underWatch?.get(key));
    const policies = policiesFor(own, cluster, workload, container.name);
    const ignored = own && whyIgnored(own, workload, container.name, today);
    return {
      policies,
      ...(ignored ? { ignored } : {}),
      ...(lessons ? { lessons } : {}),
      ...(watched ? { watched } : {}),
    };
  };
}

/** The policies among which that of a container is chosen, by what its repository says of itself. */
export type PoliciesFor = (
  own: RepositoryFile | undefined,
  cluster: string,
  workload: Workload,
  container?: string,
) => Policies;

export function policiesWithOwn(config: OperatorPolicies): PoliciesFor {
  const operator = policiesOf(config);
  const allowed = operatorPolicies(config);
  const made = new Map<RepositoryFile, Map<string, Policies>>();
  const narrowed = (own: RepositoryFile, won: string): Policies => {
    const known = made.get(own) ?? new Map<string, Policies>();
    made.set(own, known);
    const winner = allowed[config.policies.findIndex(({ name }) => name === won) + 1];
    const policies = known.get(won) ?? policiesOf(config, own, winner);
    known.set(won, policies);
    return policies;
  };
  return (own, cluster, workload, container) => {
    if (!own) return operator;
    return narrowed(own, policyFor(workload, cluster, operator, container).won);
  };
}

function whyWatched(number: number | undefined): Reason | undefined {
  if (number === undefined) return undefined;
  return { code: "watched", message: `#${number} was merged, and it is still watched what comes of it` };
}

function whyIgnored(
  { ignore }: RepositoryFile,
  workload: Workload,
  container: string,
  today: string,
): Reason | undefined {
  const found = ignore.find(
    (one) =>
      one.workload === workloadKey(workload) &&
      (one.container === undefined || one.container === container) &&
      (one.until === undefined || one.until >= today),
  );
  if (!found) return undefined;
  const until = found.until === undefined ? "" : ` until ${found.until}`;
  const reason = found.reason === undefined ? "" : `: ${found.reason}`;
  return { code: "ignored", message: `${REPOSITORY_FILE} leaves it alone${until}${reason}` };
}
