import { z } from "zod";
import { baseUnits } from "../domain/quantity.ts";
import { afterMergeOverrides, afterMergeSchema } from "./after-merge.ts";
import { duration, quantity } from "./scalars.ts";
import { trialOverrides, trialSchema } from "./trial.ts";

/** Every strategy that a policy may name. */
export const STRATEGIES = ["adaptive", "percentile", "krr", "krr-limit", "vpa"] as const;

const percent = z.number().min(0).max(1000);
const days = z.number().int().min(0).max(90);
const factor = z.number().min(1).max(10);

const bounds = z
  .strictObject({
    min: quantity.describe("Never less than this."),
    max: quantity.describe("Never more than this."),
  })
  .refine(({ min, max }) => baseUnits(min) <= baseUnits(max), { message: "is more than max", path: ["min"] });

const guards = z.strictObject({
  largestStepPercent: z
    .strictObject({
      down: z.number().min(1).max(100).default(50).describe("At most so much less."),
      up: z
        .number()
        .min(10)
        .max(100_000)
        .default(400)
        .describe("At most so much more; what has too little is not kept waiting."),
    })
    .prefault({})
    .describe("Of one change, in percent of what is there; what remains is for the next sweeps."),
  memoryPeakMarginPercent: percent.default(5).describe("What memory keeps above its highest use."),
  daysAfterOomKill: days.default(7).describe("So long after an OOM kill memory is not lowered."),
  daysOfNewImage: days
    .default(3)
    .describe("So many full days of a new image are seen before anything is lowered; 0 looks at no images."),
  throttledPercent: z
    .number()
    .min(1)
    .max(100)
    .default(25)
    .describe("From this share of throttled periods on, a container has too little CPU."),
  nearLimitPercent: z
    .number()
    .min(50)
    .max(100)
    .default(95)
    .describe("From this share of its limit on, the 99th percentile of use is too near to it."),
  heapHeadroomPercent: percent
    .default(25)
    .describe("What memory keeps above a heap of fixed size, such as -Xmx or GOMEMLIMIT."),
  unevenPods: z
    .number()
    .min(1)
    .max(100)
    .default(1.5)
    .describe(
      "Where one pod uses so many times the median, pods are told apart and the largest need counts.",
    ),
});

const prices = z
  .strictObject({
    cpuCoreMonth: z.number().min(0).describe("Of a core for a month."),
    memoryGiMonth: z.number().min(0).describe("Of a GiB for a month."),
    currency: z.string().min(1).max(12).default("USD").describe("In which they are."),
  })
  .describe("What requests cost.");

/** All that a policy may say, with what counts where it says nothing. */
const SETTINGS = {
  mode: z
    .enum(["auto", "recommend", "disabled"])
    .default("recommend")
    .describe("Propose by pull requests, merge them too once their checks have passed, or only measure."),
  strategy: z
    .enum(STRATEGIES)
    .default("adaptive")
    .describe("What turns usage into a number; see docs/strategies.md."),
  profile: z
    .enum(["balanced", "safe"])
    .default("balanced")
    .describe("Of the strategy `adaptive`: how much room it leaves."),
  percentile: z
    .number()
    .min(1)
    .max(100)
    .default(95)
    .describe("Of the strategy `percentile`: the share of samples in percent below the request."),
  safetyFactor: z
    .strictObject({ cpu: factor.default(1.2), memory: factor.default(1.2) })
    .prefault({})
    .describe("Of the strategy `percentile`: what the percentile is multiplied by."),
  bounds: z
    .strictObject({
      cpu: bounds.default({ min: "10m", max: "32" }),
      memory: bounds.default({ min: "32Mi", max: "256Gi" }),
    })
    .prefault({})
    .describe("Requests are never recommended outside these."),
  cpuLimits: z
    .enum(["keep", "proportional", "remove"], { error: "is neither keep, proportional nor remove" })
    .default("keep")
    .describe(
      "What becomes of a CPU limit when the request moves: it stays, keeps its ratio, or is taken away; one that is not there is never invented.",
    ),
  memoryLimits: z
    .union(
      [
        z.enum(["keep", "keepRatio", "equal"]),
        z.strictObject({ ratio: z.number().min(1).max(100) }),
        z.strictObject({ headroomPercent: percent }),
      ],
      { error: "is neither keep, keepRatio, equal, {ratio: 1.5} nor {headroomPercent: 25}" },
    )
    .default("keepRatio")
    .describe(
      "What becomes of a memory limit: its ratio to the request is kept, it equals the request, is so many times it, or lies so far above the highest use.",
    ),
  cpuLimitMultiplier: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe("A CPU limit that is there becomes so many times the request; wins over cpuLimits."),
  memoryLimitMultiplier: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe("A memory limit that is there becomes so many times the request; wins over memoryLimits."),
  updateRequestsOnly: z.boolean().default(false).describe("No limit is touched."),
  minimumChangePercent: percent.default(10).describe("Smaller changes are not worth a review."),
  minimumChange: z
    .strictObject({ cpu: quantity.prefault("10m"), memory: quantity.prefault("16Mi") })
    .prefault({})
    .describe("Nor are changes that come to less than this in all replicas together."),
  prices: prices.optional(),
  minimumSavings: z
    .number()
    .min(0)
    .default(0)
    .describe("Nor is lowering that saves less than this a month, by `prices`."),
  minimumHistory: duration
    .default("24h")
    .describe("Less history lowers nothing; a quarter of it is enough to raise."),
  minimumSamples: z
    .number()
    .int()
    .min(1)
    .default(100)
    .describe("Fewer samples lower nothing; a quarter of them is enough to raise."),
  guards: guards
    .prefault({})
    .describe("What bounds every advice, whatever the strategy; see docs/advice.md."),
  trial: trialSchema.prefault({}),
  afterMerge: afterMergeSchema.prefault({}),
};

/** The policy for whatever no other one selects. */
export const policySchema = z
  .strictObject({
    ...SETTINGS,
    window: duration.default("14d").describe("How far back usage is read."),
    minimumCertainty: z
      .enum(["proven", "probable"])
      .default("proven")
      .describe("How sure a place in a file must be before a pull request changes it."),
  })
  .describe("How usage becomes a recommendation, and what is worth a pull request.");

/** The same without defaults: what is left out is as the policy below it says. */
export const overridesSchema = z.strictObject({
  mode: SETTINGS.mode.unwrap().optional(),
  strategy: SETTINGS.strategy.unwrap().optional(),
  profile: SETTINGS.profile.unwrap().optional(),
  percentile: SETTINGS.percentile.unwrap().optional(),
  safetyFactor: z.strictObject({ cpu: factor.optional(), memory: factor.optional() }).optional(),
  bounds: z.strictObject({ cpu: bounds.optional(), memory: bounds.optional() }).optional(),
  cpuLimits: SETTINGS.cpuLimits.unwrap().optional(),
  memoryLimits: SETTINGS.memoryLimits.unwrap().optional(),
  cpuLimitMultiplier: SETTINGS.cpuLimitMultiplier,
  memoryLimitMultiplier: SETTINGS.memoryLimitMultiplier,
  updateRequestsOnly: SETTINGS.updateRequestsOnly.unwrap().optional(),
  minimumChangePercent: SETTINGS.minimumChangePercent.unwrap().optional(),
  minimumChange: z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() }).optional(),
  prices: SETTINGS.prices,
  minimumSavings: SETTINGS.minimumSavings.unwrap().optional(),
  minimumHistory: SETTINGS.minimumHistory.unwrap().optional(),
  minimumSamples: SETTINGS.minimumSamples.unwrap().optional(),
  guards: z
    .strictObject({
      largestStepPercent: z
        .strictObject({
          down: guards.shape.largestStepPercent.unwrap().shape.down.unwrap().optional(),
          up: guards.shape.largestStepPercent.unwrap().shape.up.unwrap().optional(),
        })
        .optional(),
      memoryPeakMarginPercent: guards.shape.memoryPeakMarginPercent.unwrap().optional(),
      daysAfterOomKill: guards.shape.daysAfterOomKill.unwrap().optional(),
      daysOfNewImage: guards.shape.daysOfNewImage.unwrap().optional(),
      throttledPercent: guards.shape.throttledPercent.unwrap().optional(),
      nearLimitPercent: guards.shape.nearLimitPercent.unwrap().optional(),
      heapHeadroomPercent: guards.shape.heapHeadroomPercent.unwrap().optional(),
      unevenPods: guards.shape.unevenPods.unwrap().optional(),
    })
    .optional(),
  trial: trialOverrides.optional(),
  afterMerge: afterMergeOverrides.optional(),
});

export type PolicyConfig = z.infer<typeof policySchema>;
export type PolicyOverrides = z.infer<typeof overridesSchema>;
