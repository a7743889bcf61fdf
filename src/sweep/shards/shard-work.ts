import type { Config } from "../../config/schema.ts";
import type { Grouping } from "../../domain/grouping.ts";
import { type Workload, workloadKey } from "../../domain/workload.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import { isInShard, type Shard } from "./shard.ts";
import { type DeliveriesOf, locators, type RepositorySource } from "../locate/source.ts";
import { unitsOf, wholeUnit } from "./units.ts";

/** What one process of several looks at. */
export interface ShardWork {
  readonly hasWorkload: (cluster: string, workload: Workload) => boolean;
  /** Whether what is once for a repository, such as its onboarding, is done here. */
  readonly isHome: (repository: string) => boolean;
}

/** The part of a shard: of all shards' parts every workload and every repository is in exactly one. */
export function shardWork(
  shard: Shard,
  sources: readonly (RepositorySource & { readonly scan: RepositoryScan })[],
  config: Config,
  deliveriesOf: DeliveriesOf,
): ShardWork {
  const owners = new Map(sources.map((source) => [source.name, source.own]));
  const groupingOf = (repository: string): Grouping =>
    owners.get(repository)?.groupBy ?? config.pullRequests.groupBy;
  const byWorkload = (repository: string): boolean => groupingOf(repository) === "workload";
  const isWhole = (repository: string): boolean =>
    (groupingOf(repository) !== "application" && !byWorkload(repository)) ||
    (owners.get(repository) === undefined && config.onboarding);
  const units = unitsOf(
    sources.flatMap(({ scan }) => scan.containers),
    { isWhole, byWorkload, byEnvironment: config.environments.length > 0 },
  );
  const locatorOf = locators(new Map(sources.map((source) => [source, source.scan])), deliveriesOf);
  const unitOf = (cluster: string, workload: Workload): string => {
    for (const container of workload.containers) {
      const location = locatorOf(cluster).locate(workload, container);
      const unit = "at" in location ? units.get(location.at) : undefined;
      if (unit !== undefined) return unit;
    }
    // What no file declares is looked at as well, and belongs to nothing else.
    return JSON.stringify(["nowhere", cluster, workloadKey(workload)]);
  };
  return {
    hasWorkload: (cluster, workload) => isInShard(unitOf(cluster, workload), shard),
    isHome: (repository) => {
      const first = sources.find(({ name }) => name === repository)?.scan.containers[0];
      const unit = isWhole(repository) && first ? units.get(first) : undefined;
      return isInShard(unit ?? wholeUnit(repository), shard);
    },
  };
}
