import type { Reason } from "../../domain/reason.ts";
import { workloadKey } from "../../domain/workload.ts";
import { choose } from "../../trial/choose.ts";
import { sizesToTry } from "../../trial/next-step.ts";
import type { Wish } from "../../trial/situation.ts";
import type { TrialCluster } from "../../trial/trial-cluster.ts";
import { isUnderWay, type Trial } from "../../trial/trial.ts";
import { HELD_MS } from "./advance-trial.ts";

/** A trial as a person asks for it. */
export interface TrialOrder {
  /** The cluster's name in the configuration. */
  readonly cluster: string;
  readonly wish: Wish;
  readonly seconds: number;
  /** owner/name, and the pull request. */
  readonly repository: string;
  readonly pull: number;
  readonly by: string;
  /** The fingerprint of what is proposed there. */
  readonly evidence: string;
}

export interface Beginning {
  /** Who goes on with it. */
  readonly holder: string;
  /** In Unix milliseconds. */
  readonly now: () => number;
  /** So many trials at the same time in this cluster. */
  readonly atOnce: number;
}

/** Writes a trial down, once nothing speaks against it; the pod itself is not touched yet. */
export async function beginTrial(
  cluster: TrialCluster,
  order: TrialOrder,
  { holder, now, atOnce }: Beginning,
): Promise<Trial | Reason> {
  const { wish, seconds, repository, pull, by, evidence } = order;
  const { workload } = wish;
  const situation = await cluster.situation(workload);
  if ("code" in situation) return situation;
  const chosen = choose(wish, situation);
  if ("code" in chosen) return chosen;
  const { pod, containers } = chosen;
  const asked = await cluster.resize(workload.namespace, pod, sizesToTry(chosen), true);
  if (asked.status === "refused")
    return { code: "refused", message: `the API server would not resize the pod: ${asked.message}` };
  if (asked.status !== "done")
    return { code: "changed", message: `the pod ${pod.name} has changed just now; ask again` };
  const nowMs = now();
  const trial: Trial = {
    version: 1,
    workload: workloadKey(workload),
    pod: { name: pod.name, uid: pod.uid },
    containers: [...containers],
    repository,
    pull,
    by,
    evidence,
    startedAt: new Date(nowMs).toISOString(),
    until: new Date(nowMs + seconds * 1000).toISOString(),
  };
  const claimed = await cluster.claim(trial, holder, nowMs + HELD_MS);
  if (claimed === "taken") return await taken(cluster, trial);
  if (claimed !== "claimed") return claimed;
  return (await tooMany(cluster, trial, atOnce)) ?? trial;
}

async function taken(cluster: TrialCluster, own: Trial): Promise<Reason> {
  const other = (await cluster.trials()).find(({ trial }) => trial.workload === own.workload)?.trial;
  const whose = other ? `, for ${other.by} in ${other.repository}#${other.pull}` : "";
  return { code: "taken", message: `one of this workload is under way already${whose}` };
}

/** Counted after the claim, so that of two at the same moment rather none goes on than both. */
async function tooMany(cluster: TrialCluster, own: Trial, atOnce: number): Promise<Reason | undefined> {
  const kept = await cluster.trials();
  if (kept.filter(({ trial }) => isUnderWay(trial)).length <= atOnce) return undefined;
  const mine = kept.find(({ trial }) => trial.workload === own.workload);
  if (mine) await cluster.drop(mine);
  return {
    code: "at-once",
    message: `${atOnce === 1 ? "another trial is" : `${atOnce} other trials are`} under way in this cluster, which is as many as the configuration allows (trials.atOnce)`,
  };
}
