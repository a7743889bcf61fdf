import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";
import { duration } from "./scalars.ts";

const worse = z.strictObject({
  oomKills: z.int().min(1).max(1000).default(1).describe("From so many OOM kills on."),
  restarts: z.int().min(1).max(1000).default(3).describe("From so many restarts of its containers on."),
  throttledPercent: z
    .number()
    .min(1)
    .max(100)
    .default(25)
    .describe("From this share of throttled periods on, and half of it more than before."),
  pendingFor: duration.default("15m").describe("From so long a wait of one pod for a node on."),
  atMaximumFor: duration.default("1h").describe("From so long an autoscaler's stay at its maximum on."),
});

const signal = z.strictObject({
  name: z.string().min(1).max(60).describe("How comments call it."),
  query: z
    .string()
    .min(1)
    .max(4000)
    .describe(
      "PromQL for one number, the less the better; `$namespace`, `$kind` and `$workload` stand for the workload's.",
    ),
  worsePercent: z
    .number()
    .min(1)
    .max(10_000)
    .default(50)
    .describe("Worse is so many percent above its median before the merge, and above nearly all it was."),
  ignoreBelow: z.number().min(0).default(0).describe("Below this it is never worse."),
});

const LONGEST_WATCH_SECONDS = 14 * 86_400;

const watch = z.string().refine((text) => {
  const seconds = text === "off" ? 0 : parseDuration(text);
  return seconds !== undefined && seconds <= LONGEST_WATCH_SECONDS;
}, "is neither off nor a duration of 14d at the most, such as 24h");

const SETTINGS = {
  syncWithin: duration.default("30m").describe("A delivery that takes longer is said to wait, and for what."),
  watch: watch
    .default("24h")
    .describe("So long after the sync things may not get worse; off does not watch."),
  revert: z.boolean().default(true).describe("Take back by a pull request what made things worse."),
  rest: duration.default("14d").describe("So long after that nothing is proposed for the workload."),
  floor: duration.default("90d").describe("So long what was too little is not proposed again."),
  worse: worse
    .prefault({})
    .describe("What counts as worse, where the merge can have done it and it is twice what it was before."),
  signals: z.array(signal).max(10).default([]).describe("Numbers of your own that may not get worse either."),
};

export const afterMergeSchema = z
  .strictObject(SETTINGS)
  .describe("How a merged change is followed and watched; see docs/after-the-merge.md.");

export const afterMergeOverrides = z.strictObject({
  syncWithin: SETTINGS.syncWithin.unwrap().optional(),
  watch: SETTINGS.watch.unwrap().optional(),
  revert: SETTINGS.revert.unwrap().optional(),
  rest: SETTINGS.rest.unwrap().optional(),
  floor: SETTINGS.floor.unwrap().optional(),
  worse: z
    .strictObject({
      oomKills: worse.shape.oomKills.unwrap().optional(),
      restarts: worse.shape.restarts.unwrap().optional(),
      throttledPercent: worse.shape.throttledPercent.unwrap().optional(),
      pendingFor: worse.shape.pendingFor.unwrap().optional(),
      atMaximumFor: worse.shape.atMaximumFor.unwrap().optional(),
    })
    .optional(),
  signals: SETTINGS.signals.unwrap().optional(),
});

export type AfterMergeConfig = z.infer<typeof afterMergeSchema>;
