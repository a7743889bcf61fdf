import { advise, type Advice } from "../../src/advice/advise.ts";
import { DEFAULT_POLICY, type GuardSettings, type Policy } from "../../src/advice/policy.ts";
import { percentile } from "../../src/advice/strategies/percentile.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS, type Surroundings } from "../../src/domain/surroundings.ts";
import type { Container, Workload } from "../../src/domain/workload.ts";
import { sketchOf } from "../../src/usage/sketch.ts";
import type { ContainerDay, ContainerUsage, DayEvents, ResourceDay } from "../../src/usage/usage.ts";
import { workload } from "./workload.ts";

const DAY = 86_400_000;
export const MI = 2 ** 20;
const WINDOW = { startMs: 0, endMs: 14 * DAY };

/** What `percentile` 95 says without a factor: a steady use is its need. */
export const PLAIN: Policy = {
  ...DEFAULT_POLICY,
  strategy: percentile({ percentile: 95, safetyFactor: { cpu: 1, memory: 1 } }),
  minimumChange: { cpu: "0", memory: "0" },
};

export function guarded(guards: Partial<GuardSettings>, policy: Policy = PLAIN): Policy {
  return { ...policy, guards: { ...policy.guards, ...guards } };
}

/** Any change in one step, and no margin above the peak or below the limit. */
export const BARE = guarded({
  largestStepPercent: { down: 100, up: 1e15 },
  memoryPeakMarginPercent: 0,
  nearLimitPercent: 100,
});

export interface PodDays {
  readonly pod?: string;
  readonly image?: string;
  /** The first and the last day; all 14 where left out. */
  readonly from?: number;
  readonly to?: number;
  /** Cores and bytes, held all day; a list is spread over the day. */
  readonly cpu?: number | readonly number[];
  readonly memory?: number | readonly number[];
  readonly events?: Partial<DayEvents>;
}

/** What pods used: each day has 288 samples, one every five minutes. */
export function usageOf(...pods: readonly PodDays[]): ContainerUsage {
  const days = pods.flatMap(({ pod = "app-0", image, from = 0, to = 13, cpu, memory, events }) =>
    Array.from({ length: to - from + 1 }, (_, index): ContainerDay => {
      const day = from + index;
      return {
        day,
        pod,
        container: "app",
        ...(image === undefined ? {} : { image }),
        ...(cpu === undefined ? {} : { cpu: held(day, cpu) }),
        ...(memory === undefined ? {} : { memory: held(day, memory) }),
        ...(events
          ? { events: { throttledPeriods: 0, periods: 0, oomKills: 0, restarts: 0, ...events } }
          : {}),
      };
    }),
  );
  return { container: "app", days: days.sort((a, b) => a.day - b.day) };
}

const distributions = new Map<string, ResourceDay["values"]>();

function held(day: number, use: number | readonly number[]): ResourceDay {
  const key = JSON.stringify(use);
  const list = typeof use === "number" ? [use] : use;
  const values =
    distributions.get(key) ??
    sketchOf(Array.from({ length: 288 }, (_, index) => list[index % list.length] ?? 0));
  distributions.set(key, values);
  return {
    values,
    coveredSeconds: 86_400,
    firstMs: day * DAY,
    lastMs: (day + 1) * DAY - 300_000,
  };
}

export interface Case {
  readonly usage: ContainerUsage | undefined;
  readonly requests?: Resources["requests"];
  readonly limits?: Resources["limits"];
  readonly policy?: Policy;
  readonly container?: Partial<Container>;
  readonly workload?: Partial<Workload>;
  readonly surroundings?: Partial<Surroundings>;
}

export function adviceFor({ usage, requests = {}, limits = {}, policy = BARE, ...said }: Case): Advice {
  const container: Container = {
    name: "app",
    role: "main",
    resources: { requests, limits },
    ...said.container,
  };
  return advise(
    {
      container,
      workload: workload({ containers: [container], ...said.workload }),
      usage,
      surroundings: { ...NO_SURROUNDINGS, ...said.surroundings },
    },
    WINDOW,
    policy,
  );
}

/** `cpu right-sized`, …: what was held. */
export function codes({ held }: Advice): string[] {
  return held.map(({ resource, code }) => `${resource} ${code}`);
}
