import pLimit from "p-limit";
import type { Telemetry } from "../telemetry.ts";
import type { Plan } from "./plan.ts";
import { planSweep, sweep, type SweepResult, type SweepSetup } from "./sweep.ts";

/** Runs sweeps one after the other, so that two never write at the same time. */
export interface Sweeper {
  /** All repositories, or only those named. A full sweep that is already waiting is not queued twice. */
  readonly sweep: (only?: readonly string[]) => Promise<SweepResult>;
  /** What a sweep would propose now. */
  readonly plan: () => Promise<Plan>;
  /** Resolves when nothing is under way or waiting. */
  readonly idle: () => Promise<void>;
}

export function createSweeper(setup: SweepSetup, telemetry: Telemetry): Sweeper {
  const oneAtATime = pLimit(1);
  const waiting = new Map<string, Promise<SweepResult>>();
  const run = async (key: string, only: readonly string[] | undefined): Promise<SweepResult> => {
    waiting.delete(key);
    const stop = telemetry.sweepSeconds.startTimer();
    try {
      const result = await sweep(setup, only);
      count(result, telemetry);
      return result;
    } catch (error) {
      telemetry.sweeps.inc({ outcome: "failed" });
      throw error;
    } finally {
      stop();
    }
  };
  return {
    sweep: async (only) => {
      const key = JSON.stringify(only ?? null);
      const queued = waiting.get(key) ?? oneAtATime(async () => await run(key, only));
      waiting.set(key, queued);
      return await queued;
    },
    plan: async () => await oneAtATime(async () => await planSweep(setup)),
    idle: async () => await oneAtATime(async () => await Promise.resolve()),
  };
}

function count({ containers, repositories, failures }: SweepResult, telemetry: Telemetry): void {
  telemetry.sweeps.inc({ outcome: failures.length > 0 ? "partial" : "complete" });
  for (const [certainty, found] of Map.groupBy(containers, ({ source }) => source.status))
    telemetry.containers.set({ certainty }, found.length);
  for (const { published } of repositories)
    for (const { outcome } of published) telemetry.pullRequests.inc({ outcome });
}
