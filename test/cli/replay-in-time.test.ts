import { describe, expect, it } from "vitest";
import type { Strategy } from "../../src/advice/strategy.ts";
import { SampledPast } from "../../src/backtest/sampled-past.ts";
import { replayInTime } from "../../src/cli/replay-in-time.ts";
import { InputError } from "../../src/domain/input-error.ts";

const MINUTE = 60_000;
const SETTINGS = {
  resource: "cpu",
  everySeconds: 86_400,
  warmupSeconds: 86_400,
  historySeconds: 86_400,
  mostPeriods: 60,
  minimumSamples: 1,
} as const;

/** Ten days, a sample an hour. */
function past(): SampledPast {
  const timesMs = Float64Array.from({ length: 240 }, (_, index) => index * 60 * MINUTE);
  return new SampledPast(
    { name: "use", pods: [{ pod: "pod", timesMs, values: timesMs.map(() => 1) }] },
    "cpu",
  );
}

/** A strategy that thinks for longer than the clock is left alone. */
const slow: Strategy = {
  name: "slow",
  need() {
    const until = performance.now() + 60;
    while (performance.now() < until);
    return { request: 1, because: "it took its time" };
  },
};

async function replayed(untilMs: number): Promise<readonly [replays: number, said: readonly string[]]> {
  const said: string[] = [];
  const limit = { untilMs, progress: (step: string) => said.push(step) };
  const replays = await replayInTime([past()], new Map([["slow", slow]]), SETTINGS, limit);
  return [replays.length, said];
}

describe("a replay that takes long", () => {
  it("says what it is at", async () => {
    const [replays, said] = await replayed(Number.POSITIVE_INFINITY);
    expect(replays).toBe(1);
    expect(new Set(said)).toEqual(new Set(["use (1 of 1): asking slow"]));
  });

  it("gives up when the time is over, and says what would help", async () => {
    await expect(replayed(performance.now())).rejects.toThrow(InputError);
    await expect(replayed(performance.now())).rejects.toThrow(/^--time-limit: reached after 0 of 1 series; /);
  });
});
