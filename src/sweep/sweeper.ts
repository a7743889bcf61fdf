import pLimit from "p-limit";
import type { Telemetry } from "../telemetry.ts";
import { announceFollowed, announceSweep } from "./after-merge/announce.ts";
import { auditOf, recordFollowed, recordSweep } from "./audit.ts";
import type { Plan } from "./plan.ts";
import type { SweepSetup } from "./setup.ts";
import type { Visits } from "./visits.ts";
import { followAll, planSweep, sweep, type SweepResult } from "./sweep.ts";

/** Runs sweeps one after the other, so that two never write at the same time. */
export interface Sweeper {
  /**
   * All repositories, or only those named; pull requests to give back are made anew whoever committed to them.
   * A sweep that is already waiting is not queued twice. Repositories are found by `visits`, where somebody else asks
   * there too.
   */
  readonly sweep: (
    only?: readonly string[],
    giveBack?: ReadonlySet<number>,
    visits?: Visits,
  ) => Promise<SweepResult>;
  /** What a sweep would propose now. */
  readonly plan: () => Promise<Plan>;
  /** Looks at what became of merged pull requests; one that is waiting is not queued twice. */
  readonly follow: () => Promise<void>;
  /** Resolves when nothing is under way or waiting. */
  readonly idle: () => Promise<void>;
}

export function createSweeper(setup: SweepSetup, telemetry: Telemetry): Sweeper {
  const oneAtATime = pLimit(1);
  const audit = auditOf(setup);
  const waiting = new Map<string, Promise<SweepResult>>();
  const run = async (
    key: string,
    only: readonly string[] | undefined,
    giveBack: ReadonlySet<number> | undefined,
    visits: Visits | undefined,
  ): Promise<SweepResult> => {
    waiting.delete(key);
    const stop = telemetry.sweepSeconds.startTimer();
    try {
      const result = await sweep(setup, only, giveBack, visits);
      count(result, telemetry);
      await recordSweep(audit, result);
      await announceSweep(setup, result);
      return result;
    } catch (error) {
      telemetry.sweeps.inc({ outcome: "failed" });
      throw error;
    } finally {
      stop();
    }
  };
  let following: Promise<void> | undefined;
  const follow = async (): Promise<void> => {
    following = undefined;
    const result = await followAll(setup, []);
    await recordFollowed(audit, result);
    await announceFollowed(setup, result.followed);
  };
  return {
    follow: async () => await (following ??= oneAtATime(follow)),
    sweep: async (only, giveBack, visits) => {
      const key = JSON.stringify([only ?? null, ...(giveBack ?? [])]);
      const queued = waiting.get(key) ?? oneAtATime(async () => await run(key, only, giveBack, visits));
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
  for (const { published, closed, waiting } of repositories) {
    for (const { outcome } of published) telemetry.pullRequests.inc({ outcome });
    telemetry.pullRequests.inc({ outcome: "closed" }, closed.length);
    telemetry.pullRequests.inc({ outcome: "waiting" }, waiting.length);
  }
}
