import type { Decision } from "../../audit/entry.ts";
import type { ClusterConfig } from "../../config/schema.ts";
import { sayOnce } from "../../github/comments.ts";
import { type InstalledRepository, installedRepository, statusOf } from "../../github/repository.ts";
import { rewritePull } from "../../github/rewrite-pull.ts";
import { withTried } from "../../proposals/with-tried.ts";
import type { TrialSeen } from "../../trial/seen.ts";
import { tellTrial, triedLine } from "../../trial/tell.ts";
import type { Ending, Trial } from "../../trial/trial.ts";
import type { AdvancedTrial } from "./advance-trial.ts";
import { auditOf } from "../audit.ts";
import { measureTrial, toldWindow } from "./measure-trial.ts";
import type { SweepSetup } from "../setup.ts";
import { within } from "./within.ts";

export interface TrialReporter {
  readonly begun: (cluster: string, trial: Trial) => Promise<void>;
  /** Why it ends before its time: its pull request is not open any more. */
  readonly whyStop: (trial: Trial) => Promise<string | undefined>;
  /** One comment, edited along the way; gives whether all is told that there will ever be to tell. */
  readonly tell: (cluster: ClusterConfig, advanced: AdvancedTrial) => Promise<boolean>;
}

/** GitHub and Prometheus may take longer: then it is told in another round, and pods are looked at meanwhile. */
const PATIENCE_MS = 15_000;

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
    const key = keyOf(cluster, trial);
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

  const isClosed = async (trial: Trial): Promise<string | undefined> => {
    const repository = await repositoryOf(trial);
    if (!repository) return undefined;
    const { client, owner, name: repo } = repository;
    const { data } = await client.rest.pulls.get({ owner, repo, pull_number: trial.pull });
    if (data.state === "open") return undefined;
    return data.merged ? "the pull request was merged" : "the pull request was closed";
  };

  const decision = (cluster: string, { workload, containers, repository, pull, evidence }: Trial) => ({
    command: null,
    repository,
    number: pull,
    workloads: containers.map(({ name }) => `${cluster} ${workload} ${name}`),
    evidence,
  });

  const comment = async (
    cluster: ClusterConfig,
    { kept: { trial }, trouble, finished }: AdvancedTrial,
  ): Promise<void> => {
    const repository = await repositoryOf(trial);
    if (!repository) return;
    const seen = await seenOf(cluster, trial);
    const text = tellTrial({ cluster: cluster.name, trial, seen, trouble });
    await sayOnce(repository, trial.pull, `trial ${trial.startedAt}`, text);
    const line = finished ? triedLine(cluster.name, trial) : undefined;
    if (line !== undefined)
      await rewritePull(repository, trial.pull, (body, marker) => ({
        body: marker?.fingerprint === trial.evidence ? withTried(body, line) : body,
      }));
  };

  const tell = async (cluster: ClusterConfig, advanced: AdvancedTrial): Promise<boolean> => {
    const { kept, finished } = advanced;
    const { trial } = kept;
    try {
      await comment(cluster, advanced);
    } catch (error) {
      log.error({ err: error, trial }, "what became of a trial could not be told");
      if (!finished || now() - Date.parse(trial.backAt ?? "") < TELL_FOR_MS) return false;
    }
    if (finished) measured.delete(keyOf(cluster, trial));
    if (finished && trial.ended)
      await audit({
        ...decision(cluster.name, trial),
        actor: "loadline",
        action: "trial-ended",
        outcome: OUTCOMES[trial.ended.how],
      });
    return finished;
  };

  const telling = new Set<string>();

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
      const closed = isClosed(trial).catch((error: unknown) => {
        if (statusOf(error) === 404) return "the pull request is gone";
        log.error({ err: error, trial }, "whether a trial's pull request is open is not known");
        return undefined;
      });
      return await within(PATIENCE_MS, closed, undefined);
    },
    tell: async (cluster, advanced) => {
      const key = keyOf(cluster, advanced.kept.trial);
      if (telling.has(key)) return false;
      telling.add(key);
      const told = tell(cluster, advanced).finally(() => telling.delete(key));
      return await within(PATIENCE_MS, told, false);
    },
  };
}

function keyOf({ name }: ClusterConfig, { workload, startedAt }: Trial): string {
  return `${name} ${workload} ${startedAt}`;
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
  alone: "failed",
  gone: "failed",
  "oom-killed": "failed",
  restarted: "failed",
  "not-ready": "failed",
};
