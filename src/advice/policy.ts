import { type AfterMerge, DEFAULT_AFTER_MERGE } from "../domain/after-merge.ts";
import type { Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { TrialPolicy } from "../domain/trial-policy.ts";
import { adaptive } from "./strategies/adaptive.ts";
import type { Strategy } from "./strategy.ts";
import type { StrategyChoice } from "./strategy-choice.ts";

/** `recommend` opens pull requests, `auto` merges them too, `disabled` only measures. */
export type Mode = "auto" | "recommend" | "disabled";

/**
 * What becomes of a limit when its request moves; one that is not there is never invented. `keep` leaves it,
 * `remove` takes it away, `proportional` keeps its ratio to the request, `ratio` sets one, `headroom` adds to the
 * highest use.
 */
export type LimitRule =
  | { readonly rule: "keep" }
  | { readonly rule: "remove" }
  | { readonly rule: "proportional" }
  | { readonly rule: "ratio"; readonly ratio: number }
  | { readonly rule: "headroom"; readonly percent: number };

/** What requests cost, in `currency`. */
export interface Prices {
  readonly cpuCoreMonth: number;
  readonly memoryGiMonth: number;
  readonly currency: string;
}

export interface GuardSettings {
  /** Of one change, in percent of what is there. */
  readonly largestStepPercent: { readonly down: number; readonly up: number };
  /** What memory keeps above the highest use. */
  readonly memoryPeakMarginPercent: number;
  /** So long after an OOM kill memory is not lowered. */
  readonly daysAfterOomKill: number;
  /** So many days of a new image are to be seen before anything is lowered; 0 looks at no images. */
  readonly daysOfNewImage: number;
  /** From this share of throttled periods on, a container has too little CPU. */
  readonly throttledPercent: number;
  /** From this share of its limit on, the 99th percentile is too near to it. */
  readonly nearLimitPercent: number;
  /** What a request and a limit keep above a heap of fixed size. */
  readonly heapHeadroomPercent: number;
  /** Pods of which one uses so many times the median are told apart. */
  readonly unevenPods: number;
}

/** How usage becomes a recommendation. */
export interface Policy {
  readonly mode: Mode;
  /** What turns usage into a number; the guards come after it. */
  readonly strategy: Strategy;
  /** How people would write that strategy. */
  readonly choice: StrategyChoice;
  /** Requests are never recommended outside these. */
  readonly bounds: Readonly<Record<ResourceName, { readonly min: Quantity; readonly max: Quantity }>>;
  readonly limits: Readonly<Record<ResourceName, LimitRule>>;
  /** No limit is touched. */
  readonly updateRequestsOnly: boolean;
  /** Less history or fewer samples than these lower nothing; a quarter is enough to raise. */
  readonly minimumHistorySeconds: number;
  readonly minimumSamples: number;
  /** Changes of less than this many percent are not worth a review … */
  readonly minimumChangePercent: number;
  /** … nor are those that free or take less than this in all replicas together. */
  readonly minimumChange: Readonly<Record<ResourceName, Quantity>>;
  readonly prices?: Prices;
  /** A month, in the currency of the prices: what saves less is not worth a review. */
  readonly minimumSavings: number;
  readonly guards: GuardSettings;
  /** Left out where no trials are allowed. */
  readonly trial?: TrialPolicy;
  /** Of no weight for advice; whose policy it is decides on it, too. */
  readonly afterMerge: AfterMerge;
}

export const DEFAULT_GUARDS: GuardSettings = {
  largestStepPercent: { down: 50, up: 400 },
  memoryPeakMarginPercent: 5,
  daysAfterOomKill: 7,
  daysOfNewImage: 3,
  throttledPercent: 25,
  nearLimitPercent: 95,
  heapHeadroomPercent: 25,
  unevenPods: 1.5,
};

export const DEFAULT_POLICY: Policy = {
  mode: "recommend",
  strategy: adaptive("balanced"),
  choice: {
    name: "adaptive",
    profile: "balanced",
    percentile: 95,
    safetyFactor: { cpu: 1.2, memory: 1.2 },
  },
  bounds: { cpu: { min: "10m", max: "32" }, memory: { min: "32Mi", max: "256Gi" } },
  limits: { cpu: { rule: "keep" }, memory: { rule: "proportional" } },
  updateRequestsOnly: false,
  minimumHistorySeconds: 86_400,
  minimumSamples: 100,
  minimumChangePercent: 10,
  minimumChange: { cpu: "10m", memory: "16Mi" },
  minimumSavings: 0,
  guards: DEFAULT_GUARDS,
  afterMerge: DEFAULT_AFTER_MERGE,
};
