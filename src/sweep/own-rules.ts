import { type Policies, policyFor } from "../advice/policy-for.ts";
import { REPOSITORY_FILE, type RepositoryFile } from "../config/repository-file.ts";
import type { Reason } from "../domain/reason.ts";
import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import { operatorPolicies, type OperatorPolicies, policiesOf } from "./policy.ts";
import { type DeliveriesOf, locators, type RepositorySource } from "./source.ts";

/** What counts for one container of a cluster. */
export interface Rules {
  readonly policies: Policies;
  /** Why it is left alone, where its repository says so. */
  readonly ignored?: Reason;
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
  const operator = policiesOf(config);
  const allowed = operatorPolicies(config);
  const named = new Map(repositories.map((repository) => [repository.name, repository]));
  const locatorOf = locators(
    new Map(repositories.flatMap((one) => (one.scan ? [[one, one.scan] as const] : []))),
    deliveriesOf,
  );
  const made = new Map<RepositoryFile, Map<string, Policies>>();
  const narrowed = (own: RepositoryFile, won: string): Policies => {
    const known = made.get(own) ?? new Map<string, Policies>();
    made.set(own, known);
    const winner = allowed[config.policies.findIndex(({ name }) => name === won) + 1];
    const policies = known.get(won) ?? policiesOf(config, own, winner);
    known.set(won, policies);
    return policies;
  };
  const today = new Date(nowMs).toISOString().slice(0, 10);
  return (cluster, workload, container) => {
    const location = locatorOf(cluster).locate(workload, container);
    const own = "at" in location ? named.get(location.at.repository)?.own : undefined;
    if (!own) return { policies: operator };
    const ignored = whyIgnored(own, workload, container.name, today);
    const { won } = policyFor(workload, cluster, operator, container.name);
    return { policies: narrowed(own, won), ...(ignored ? { ignored } : {}) };
  };
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
