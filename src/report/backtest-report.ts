import { z } from "zod";
import type { BacktestSettings, Replay } from "../backtest/backtest.ts";
import type { Scores } from "../backtest/score.ts";

const share = z.number().describe("A share: 0.05 is 5 %.");

const scoresSchema = z
  .strictObject({
    strategy: z.string(),
    periods: z.int().describe("How many decisions were held against what was used after them."),
    slack: share.describe("1 − used / reserved, over all samples; negative where more was used."),
    over: share.describe("The share of samples above the request."),
    daysOver: share.describe("The share of periods of which more than 5 % of the samples are above it."),
    churn: share.describe(
      "The share of periods, but the first, whose request is more than 10 % off the one before.",
    ),
    ooms: z.int().describe("Samples of memory above the limit."),
    oomDays: z.int().describe("Periods with at least one."),
    reserved: z.number().describe("Cores or bytes, in the mean."),
    used: z.number().describe("Cores or bytes, in the mean."),
    cost: z.number().describe("Of what was reserved, for a month, at `price`."),
  })
  .describe("How a strategy did.");

export const backtestReportSchema = z
  .strictObject({
    version: z.literal(1),
    resource: z.enum(["cpu", "memory"]),
    unit: z.enum(["cores", "bytes"]).describe("Of every amount."),
    settings: z.strictObject({
      everySeconds: z.number(),
      warmupSeconds: z.number(),
      historySeconds: z.number(),
      mostPeriods: z.int(),
      minimumSamples: z.int(),
      price: z.number().describe("Of a core, or of a GiB, for a month."),
    }),
    series: z.array(
      z.strictObject({
        name: z.string(),
        start: z.iso.datetime().describe("Of the first sample."),
        end: z.iso.datetime().describe("Of the last one."),
        samples: z.int(),
        periods: z.int().describe("That could be scored."),
        scores: z.array(scoresSchema).describe("One for each strategy that said something."),
      }),
    ),
    strategies: z
      .array(scoresSchema)
      .describe("Over all series: shares are plain means of theirs; kills, amounts and costs are sums."),
    decisions: z
      .array(
        z.strictObject({
          series: z.string(),
          strategy: z.string(),
          at: z.iso.datetime(),
          value: z.number().describe("Cores or bytes that it asked for from then on."),
        }),
      )
      .describe("Every one, by series, strategy and time."),
    stats: z.strictObject({ seconds: z.number() }),
  })
  .describe("What `loadline backtest --format json` prints.");

export type BacktestReport = z.infer<typeof backtestReportSchema>;
export type ReportedScores = z.infer<typeof scoresSchema>;

export interface BacktestResult {
  readonly settings: BacktestSettings;
  readonly replays: readonly Replay[];
  /** By strategy, over all series. */
  readonly overall: ReadonlyMap<string, Scores>;
  /** Of a core or a GiB for a month. */
  readonly price: number;
  readonly seconds: number;
}

const GI = 2 ** 30;

export function backtestReport({
  settings,
  replays,
  overall,
  price,
  seconds,
}: BacktestResult): BacktestReport {
  const { resource, ...schedule } = settings;
  const perUnit = price / (resource === "cpu" ? 1 : GI);
  const report = (strategy: string, scores: Scores): ReportedScores => ({
    strategy,
    ...rounded(scores),
    cost: round(scores.reserved * perUnit),
  });
  return {
    version: 1,
    resource,
    unit: resource === "cpu" ? "cores" : "bytes",
    settings: { ...schedule, price },
    series: replays.map(({ past, periods, runs }) => ({
      name: past.name,
      start: iso(past.firstMs),
      end: iso(past.lastMs),
      samples: past.samples,
      periods,
      scores: runs.flatMap(({ strategy, scores }) => (scores ? [report(strategy, scores)] : [])),
    })),
    strategies: [...overall].map(([strategy, scores]) => report(strategy, scores)),
    decisions: replays.flatMap(({ past, runs }) =>
      runs.flatMap(({ strategy, decisions }) =>
        decisions.map(({ atMs, value }) => ({ series: past.name, strategy, at: iso(atMs), value })),
      ),
    ),
    stats: { seconds },
  };
}

function rounded(scores: Scores): Scores {
  const { slack, over, daysOver, churn, reserved, used } = scores;
  return {
    ...scores,
    slack: round(slack),
    over: round(over),
    daysOver: round(daysOver),
    churn: round(churn),
    reserved: round(reserved),
    used: round(used),
  };
}

function round(value: number): number {
  return Number(value.toFixed(6));
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
