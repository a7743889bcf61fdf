import type { Quantity } from "../../src/domain/quantity.ts";
import { NO_RESOURCES, type Resources, withAmount } from "../../src/domain/resources.ts";
import type { CandidatePod } from "../../src/trial/situation.ts";
import type { PodContainer, TriedPod } from "../../src/trial/trial-pod.ts";
import type { Trial } from "../../src/trial/trial.ts";

export const START = Date.UTC(2026, 10, 20, 12);
export const HOUR = 3_600_000;

export const at = (ms: number): string => new Date(ms).toISOString();

export function resources(cpu: Quantity, memory: Quantity, limit?: Quantity): Resources {
  const requests = withAmount(withAmount(NO_RESOURCES, "requests.cpu", cpu), "requests.memory", memory);
  return limit === undefined ? requests : withAmount(requests, "limits.memory", limit);
}

/** `app` with half a core and 512Mi, of which a trial makes 200m and 256Mi. */
export const OLD = resources("500m", "512Mi");
export const NEW = resources("200m", "256Mi");

export function container(change: Partial<PodContainer> = {}): PodContainer {
  return { name: "app", role: "main", resources: OLD, actual: OLD, restartsFor: [], restarts: 0, ...change };
}

export function pod(change: Partial<CandidatePod & TriedPod> = {}): CandidatePod & TriedPod {
  return {
    name: "api-1",
    uid: "uid-1",
    resourceVersion: "1",
    leaving: false,
    ready: true,
    readySinceMs: START - HOUR,
    ownResources: false,
    containers: [container()],
    budgets: [],
    othersReady: 1,
    ...change,
  };
}

export function trial(change: Partial<Trial> = {}): Trial {
  return {
    version: 1,
    workload: "Deployment/shop/api",
    pod: { name: "api-1", uid: "uid-1" },
    containers: [
      {
        name: "app",
        role: "main",
        restarts: 0,
        restartsByResize: false,
        changes: [
          { field: "requests.cpu", before: "500m", after: "200m" },
          { field: "requests.memory", before: "512Mi", after: "256Mi" },
        ],
      },
    ],
    repository: "acme/shop",
    pull: 7,
    by: "alice",
    evidence: "0123456789abcdef",
    startedAt: at(START),
    until: at(START + 2 * HOUR),
    ...change,
  };
}

/** A pod as the trial left it: asked for the new size, and given it. */
export function resized(change: Partial<PodContainer> = {}, more: Partial<TriedPod> = {}): TriedPod {
  return pod({ containers: [container({ resources: NEW, actual: NEW, ...change })], ...more });
}
