import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { ClusterConfig } from "../../config/schema.ts";
import type { TrialsConfig } from "../../config/trial.ts";
import type { Reason } from "../../domain/reason.ts";
import type { KeptTrial, TrialCluster } from "../../trial/trial-cluster.ts";
import type { Trial } from "../../trial/trial.ts";
import { advanceTrial } from "./advance-trial.ts";
import { beginTrial, type TrialOrder } from "./begin-trial.ts";
import { accessOf } from "../open/cluster-access.ts";
import type { SweepSetup } from "../setup.ts";
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
    const { openTrialCluster } = await import("../../resize/kubernetes-trial-cluster.ts");
    const warn = (warning: string): void => log.error({ cluster: cluster.name }, warning);
    return await openTrialCluster({ access: accessOf(cluster, folder), namespace, now, warn });
  };

  /** All pods first: what is told of them takes its time. */
  const roundIn = async (config: ClusterConfig, trials: TrialsConfig): Promise<number> => {
    await using cluster = await open(config, trials);
    const found = await cluster.trials();
    const advancing = { holder, now, whyStop: reporter.whyStop };
    const advanced = await Promise.all(
      found.map((one) =>
        advanceTrial(cluster, one, advancing).catch((error: unknown) =>
          log.error({ err: error, trial: one.trial }, "a trial could not go on; it is tried again"),
        ),
      ),
    );
    await Promise.all(
      advanced.map(async (one) => {
        if (one && (await reporter.tell(config, one)) && one.finished) await cluster.drop(one.kept);
      }),
    );
    return advanced.filter((one) => !one?.finished).length;
  };

  return {
    // Not while a round may take up what turns out to be one too many.
    begin: async (order) =>
      await oneAtATime(async () => {
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
      }),
    stop: async (repository, pull, why) =>
      await oneAtATime(async () => {
        const stopped: string[] = [];
        for (const { cluster: config, trials } of clusters) {
          await using cluster = await open(config, trials);
          const due = ({ trial }: KeptTrial): boolean =>
            !trial.ended && trial.repository === repository && trial.pull === pull;
          // Another Loadline may write at the same moment.
          for (let tries = 0; tries < 3; tries++)
            for (const kept of (await cluster.trials()).filter(due)) {
              const ended = { at: new Date(now()).toISOString(), how: "stopped", message: why } as const;
              if (await cluster.keep(kept, { ...kept.trial, ended }, kept.holder, kept.heldUntilMs))
                stopped.push(kept.trial.workload);
            }
        }
        return stopped;
      }),
    round: async () =>
      await oneAtATime(async () => {
        const underWay = await Promise.all(
          clusters.map(({ cluster, trials }) =>
            roundIn(cluster, trials).catch((error: unknown) => {
              log.error({ err: error, cluster: cluster.name }, "trials could not be looked for");
              return 1;
            }),
          ),
        );
        return underWay.reduce((sum, count) => sum + count, 0);
      }),
  };
}
