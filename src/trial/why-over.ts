import type { Ending, Trial } from "./trial.ts";
import { asks, containerOf, type TriedPod } from "./trial-pod.ts";

/** A node that has no room says so again and again; it may get some, but not the trial's whole time long. */
const PATIENCE_MS = 600_000;

/** A readiness probe may fail once or twice without meaning much; a restart takes longer. */
const UNREADY_MS = 120_000;
const UNREADY_AFTER_RESTART_MS = 300_000;

export interface Over {
  readonly how: Ending;
  readonly message?: string;
}

/** Why a trial ends now; `undefined` where it goes on. What does harm comes first. */
export function whyOver(trial: Trial, pod: TriedPod, nowMs: number, stop?: string): Over | undefined {
  return (
    harm(trial, pod, nowMs) ??
    (stop === undefined ? undefined : { how: "stopped", message: stop }) ??
    refusal(trial, pod, nowMs) ??
    timeOver(trial, nowMs)
  );
}

function harm(trial: Trial, pod: TriedPod, nowMs: number): Over | undefined {
  for (const tried of trial.containers) {
    const container = containerOf(pod, tried);
    const more = (container?.restarts ?? 0) - tried.restarts;
    const reason = container?.lastEnd;
    if (reason === "OOMKilled" && more > 0) return { how: "oom-killed", message: tried.name };
    if (more > (tried.restartsByResize ? 1 : 0))
      return { how: "restarted", message: reason === undefined ? tried.name : `${tried.name} (${reason})` };
  }
  const restarts = trial.containers.some(({ restartsByResize }) => restartsByResize);
  // It carries all of the load now. To put back one that restarts for it would make things worse.
  if (pod.othersReady === 0 && !restarts) return { how: "alone" };
  const allowedMs = restarts ? UNREADY_AFTER_RESTART_MS : UNREADY_MS;
  return !pod.ready && nowMs - pod.readySinceMs >= allowedMs ? { how: "not-ready" } : undefined;
}

function refusal(trial: Trial, pod: TriedPod, nowMs: number): Over | undefined {
  const { resize } = pod;
  const { resizedAt } = trial;
  const before = asks(pod, trial.containers, "before");
  if (!asks(pod, trial.containers, "after") && !(before && resizedAt === undefined))
    return { how: "interfered" };
  const said = resize?.message === undefined ? {} : { message: resize.message };
  if (!before && resize?.state === "pending" && resize.reason === "Infeasible")
    return { how: "infeasible", ...said };
  if (resizedAt !== undefined || nowMs - Date.parse(trial.startedAt) < PATIENCE_MS) return undefined;
  return { how: resize?.reason === "Deferred" ? "deferred" : "not-taken-up", ...said };
}

function timeOver({ until, resizedAt }: Trial, nowMs: number): Over | undefined {
  if (nowMs < Date.parse(until)) return undefined;
  return { how: resizedAt === undefined ? "not-taken-up" : "held" };
}
