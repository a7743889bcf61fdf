import type { Decision } from "../audit/entry.ts";
import type { ClusterConfig } from "../config/schema.ts";
import { sayOnce } from "../github/comments.ts";
import { type InstalledRepository, installedRepository, statusOf } from "../github/repository.ts";
import type { TrialSeen } from "../trial/seen.ts";
import { tellTrial } from "../trial/tell.ts";
import type { Ending, Trial } from "../trial/trial.ts";
import type { AdvancedTrial } from "./advance-trial.ts";
import { auditOf } from "./audit.ts";
import { measureTrial, toldWindow } from "./measure-trial.ts";
import type { SweepSetup } from "./sweep.ts";

export interface TrialReporter {
  readonly begun: (cluster: string, trial: Trial) => Promise<void>;
  /** Why it ends before its time: its pull request is not open any more. */
  readonly whyStop: (trial: Trial) => Promise<string | undefined>;
  /** One comment, edited along the way; gives whether all is told that there will ever be to tell. */
  readonly tell: (cluster: ClusterConfig, advanced: AdvancedTrial) => Promise<boolean>;
}

/** What can't be told for so long after the end is forgotten. */
const TELL_FOR_MS = 86_400_000;

/** Tells people of trials; whatever fails here keeps no pod from being put back. */
export function trialReporter(setup: SweepSetup): TrialReporter {
  const { config, folder, log, now } = setup;
  const audit = auditOf(setup);
  const measured = new Map<string, { readonly endMs: number; readonly seen: TrialSeen | undefined }>();
  const known = new Set(config.repositories.map(({ name }) => name.toLowerCase()));

  const repositoryOf = async ({ repository }: Trial): Promise<InstalledRepository | undefined> =>
    // What is written in a cluster may name any repository.
    known.has(repository.toLowerCase())
      ? await installedRepository(setup.app, setup.baseUrl, repository)
      : undefined;

  const seenOf = async (cluster: ClusterConfig, trial: Trial): Promise<TrialSeen | undefined> => {
    const window = toldWindow(trial, now());
    if (!window) return undefined;
    const key = `${cluster.name} ${trial.workload} ${trial.startedAt}`;
    const before = measured.get(key);
    if (before?.endMs === window.endMs) return before.seen;
    const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
    const seen = await measureTrial(cluster, trial, window, folder, warn).catch((error: unknown) => {
      log.error({ err: error, cluster: cluster.name }, "what a trial used could not be measured");
      return undefined;
    });
    measured.set(key, { endMs: window.endMs, seen });
    return seen;
  };

  const decision = (cluster: string, { workload, containers, repository, pull }: Trial) => ({
    command: null,
    repository,
    number: pull,
    workloads: containers.map(({ name }) => `${cluster} ${workload} ${name}`),
    evidence: null,
  });

  return {
    begun: async (cluster, trial) =>
      await audit({
        ...decision(cluster, trial),
        actor: trial.by,
        action: "trial-begun",
        outcome: "done",
      }),
    whyStop: async (trial) => {
      if (trial.ended) return undefined;
      try {
        const repository = await repositoryOf(trial);
        if (!repository) return undefined;
        const { client, owner, name: repo } = repository;
        const { data } = await client.rest.pulls.get({ owner, repo, pull_number: trial.pull });
        if (data.state === "open") return undefined;
        return data.merged ? "the pull request was merged" : "the pull request was closed";
      } catch (error) {
        if (statusOf(error) === 404) return "the pull request is gone";
        log.error({ err: error, trial }, "whether a trial's pull request is open is not known");
        return undefined;
      }
    },
    tell: async (cluster, { kept, finished, trouble }) => {
      const { trial } = kept;
      const seen = await seenOf(cluster, trial);
      try {
        const repository = await repositoryOf(trial);
        const text = tellTrial({ cluster: cluster.name, trial, seen, trouble });
        if (repository) await sayOnce(repository, trial.pull, `trial ${trial.startedAt}`, text);
      } catch (error) {
        log.error({ err: error, trial }, "what became of a trial could not be told");
        if (!finished || now() - Date.parse(trial.backAt ?? "") < TELL_FOR_MS) return false;
      }
      if (finished && trial.ended)
        await audit({
          ...decision(cluster.name, trial),
          actor: "loadline",
          action: "trial-ended",
          outcome: OUTCOMES[trial.ended.how],
        });
      return finished;
    },
  };
}

/** done: the values were tried to the end; refused: they were not; failed: the pod suffered, or was lost. */
const OUTCOMES: Readonly<Record<Ending, Decision["outcome"]>> = {
  held: "done",
  stopped: "done",
  "not-taken-up": "refused",
  infeasible: "refused",
  deferred: "refused",
  refused: "refused",
  interfered: "failed",
  gone: "failed",
  "oom-killed": "failed",
  restarted: "failed",
  "not-ready": "failed",
};
