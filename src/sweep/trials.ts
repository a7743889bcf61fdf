import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { ClusterConfig } from "../config/schema.ts";
import type { TrialsConfig } from "../config/trial.ts";
import type { Reason } from "../domain/reason.ts";
import type { KeptTrial, TrialCluster } from "../trial/trial-cluster.ts";
import type { Trial } from "../trial/trial.ts";
import { type AdvancedTrial, advanceTrial } from "./advance-trial.ts";
import { beginTrial, type TrialOrder } from "./begin-trial.ts";
import { accessOf } from "./cluster-access.ts";
import type { SweepSetup } from "./sweep.ts";
import { trialReporter } from "./trial-reporter.ts";

/** Trials of proposed values in all clusters of a configuration. */
export interface Trials {
  /** Written down in its cluster; what happens to the pod is for the next round. */
  readonly begin: (order: TrialOrder) => Promise<Trial | Reason>;
  /** Ends those of a pull request before their time; gives the workloads. */
  readonly stop: (repository: string, pull: number, why: string) => Promise<string[]>;
  /**
   * Takes every trial that is found a step further, whoever began it, and tells of it; gives how many are under way.
   * A cluster that fails is told, and looked at again in the next round.
   */
  readonly round: () => Promise<number>;
}

export function createTrials(setup: SweepSetup): Trials {
  const { config, folder, log, now } = setup;
  const holder = randomUUID();
  const reporter = trialReporter(setup);
  const oneAtATime = pLimit(1);
  const clusters = config.clusters.flatMap((cluster) =>
    cluster.trials ? [{ cluster, trials: cluster.trials }] : [],
  );

  const open = async (cluster: ClusterConfig, { namespace }: TrialsConfig): Promise<TrialCluster> => {
    // It takes longer to load than everything else together.
    const { openTrialCluster } = await import("../resize/kubernetes-trial-cluster.ts");
    const warn = (warning: string): void => log.error({ cluster: cluster.name }, warning);
    return await openTrialCluster({ access: accessOf(cluster, folder), namespace, now, warn });
  };

  const roundIn = async (config: ClusterConfig, trials: TrialsConfig): Promise<number> => {
    await using cluster = await open(config, trials);
    let underWay = 0;
    for (const found of await cluster.trials()) {
      const next = await oneStep(config, cluster, found).catch((error: unknown) => {
        log.error({ err: error, trial: found.trial }, "a trial could not go on; it is tried again");
        return undefined;
      });
      if (!next?.finished) underWay += 1;
    }
    return underWay;
  };

  const oneStep = async (
    config: ClusterConfig,
    cluster: TrialCluster,
    found: KeptTrial,
  ): Promise<AdvancedTrial | undefined> => {
    const advanced = await advanceTrial(cluster, found, { holder, now, whyStop: reporter.whyStop });
    if (!advanced) return undefined;
    const told = await reporter.tell(config, advanced);
    if (advanced.finished && told) await cluster.drop(advanced.kept);
    return advanced;
  };

  return {
    begin: async (order) => {
      const found = clusters.find(({ cluster }) => cluster.name === order.cluster);
      if (!found)
        return {
          code: "no-trials",
          message: `the configuration of the cluster ${order.cluster} has no trials`,
        };
      await using cluster = await open(found.cluster, found.trials);
      const begun = await beginTrial(cluster, order, { holder, now, atOnce: found.trials.atOnce });
      if (!("code" in begun)) await reporter.begun(order.cluster, begun);
      return begun;
    },
    stop: async (repository, pull, why) => {
      const stopped: string[] = [];
      for (const { cluster: config, trials } of clusters) {
        await using cluster = await open(config, trials);
        for (const kept of await cluster.trials()) {
          const { trial } = kept;
          if (trial.ended || trial.repository !== repository || trial.pull !== pull) continue;
          const ended = { at: new Date(now()).toISOString(), how: "stopped", message: why } as const;
          if (await cluster.keep(kept, { ...trial, ended }, kept.holder, kept.heldUntilMs))
            stopped.push(trial.workload);
        }
      }
      return stopped;
    },
    round: async () =>
      await oneAtATime(async () => {
        let underWay = 0;
        for (const { cluster, trials } of clusters)
          underWay += await roundIn(cluster, trials).catch((error: unknown) => {
            log.error({ err: error, cluster: cluster.name }, "trials could not be looked for");
            return 1;
          });
        return underWay;
      }),
  };
}
