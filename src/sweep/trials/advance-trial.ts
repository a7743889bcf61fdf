import { nextStep } from "../../trial/next-step.ts";
import type { KeptTrial, TrialCluster } from "../../trial/trial-cluster.ts";
import { namespaceOf, type Trial } from "../../trial/trial.ts";

export interface Advancing {
  /** Who goes on with it. */
  readonly holder: string;
  /** In Unix milliseconds. */
  readonly now: () => number;
  /** Why it is to end before its time, if it is. */
  readonly whyStop: (trial: Trial) => Promise<string | undefined>;
}

export interface AdvancedTrial {
  readonly kept: KeptTrial;
  /** All is put back. */
  readonly finished: boolean;
  /** What the node or the API server has against the size that the pod is to have. */
  readonly trouble?: string | undefined;
}

/** Who goes on with a trial has so long to come back to it before another one may. */
export const HELD_MS = 120_000;

/** From its claim to its end it takes fewer; more are somebody's who changes the pod all the time. */
const MOST_STEPS = 12;

/**
 * Takes a trial up and does all that is to be done for it now: each step is written down, or stands in the pod, before
 * the next. `undefined`: it is somebody else's.
 */
export async function advanceTrial(
  cluster: TrialCluster,
  found: KeptTrial,
  { holder, now, whyStop }: Advancing,
): Promise<AdvancedTrial | undefined> {
  if (found.holder !== holder && found.heldUntilMs > now()) return undefined;
  const taken = await cluster.keep(found, found.trial, holder, now() + HELD_MS);
  if (!taken) return undefined;
  const stop = taken.deleted ? "what keeps it was deleted" : await whyStop(taken.trial);
  let kept = taken;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const { trial } = kept;
    const namespace = namespaceOf(trial);
    const pod = await cluster.pod(namespace, trial.pod.name);
    const step = nextStep(trial, pod, now(), stop);
    if (step.do === "finish") return { kept, finished: true };
    if (step.do === "wait") return { kept, finished: false, trouble: saidOf(pod) };
    if (step.do === "record") {
      const written = await cluster.keep(kept, step.trial, holder, now() + HELD_MS);
      if (!written) return undefined;
      kept = written;
      continue;
    }
    if (!pod) continue;
    const resized = await cluster.resize(namespace, pod, step.sizes);
    if (resized.status !== "refused") continue;
    const { message } = resized;
    if (trial.ended) return { kept, finished: false, trouble: message };
    const ended = { at: new Date(now()).toISOString(), how: "refused", message } as const;
    const written = await cluster.keep(kept, { ...trial, ended }, holder, now() + HELD_MS);
    if (!written) return undefined;
    kept = written;
  }
  return { kept, finished: false, trouble: "the pod changes all the time" };
}

function saidOf(pod: Awaited<ReturnType<TrialCluster["pod"]>>): string | undefined {
  if (!pod?.resize) return undefined;
  const { reason, message } = pod.resize;
  return [reason, message].filter((text) => text !== "").join(": ") || undefined;
}
