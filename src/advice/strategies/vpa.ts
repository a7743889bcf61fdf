import type { ResourceName } from "../../domain/resources.ts";
import { greatest, least } from "../../usage/distribution.ts";
import { type ContainerUsage, DAY_MS, resourceDays } from "../../usage/usage.ts";
import type { Strategy, StrategyInput } from "../strategy.ts";
import { VpaHistogram } from "./vpa-histogram.ts";
import { memoryPeaks } from "./vpa-memory-peaks.ts";

/** In cores or bytes: VPA's updater leaves alone what lies between the bounds. */
export interface VpaEstimate {
  readonly lower: number;
  readonly target: number;
  readonly upper: number;
}

export interface VpaParameters {
  /**
   * Containers of the pod, which share its least recommendation of 25m and 250 Mi; left out, there is none,
   * since the bounds of a policy stand after every strategy.
   */
  readonly containers?: number;
}

/** VPA counts in whole ones of these. */
const UNITS_OF_ONE: Readonly<Record<ResourceName, number>> = { cpu: 1000, memory: 1 };
const LEAST_OF_POD: Readonly<Record<ResourceName, number>> = { cpu: 25, memory: 250 * 2 ** 20 };
const MOST_UNITS = 1e14;
const CPU_SAMPLE_WEIGHT = 0.1;
const MARGIN = 0.15;
const SAMPLES_OF_DAY = 1440;

/** What the Vertical Pod Autoscaler's recommender targets, without an autoscaler in the cluster. */
export function vpa(parameters: VpaParameters = {}): Strategy {
  return {
    name: "vpa",
    need(input) {
      const estimate = vpaEstimate(input, parameters);
      return (
        estimate && {
          request: estimate.target,
          because: `the 90th percentile of ${input.resource === "cpu" ? "all samples" : "daily peaks"}, newer ones weighing more, plus 15 %`,
        }
      );
    },
  };
}

/** pkg/recommender/logic of kubernetes/autoscaler; `undefined` where nothing was measured. */
export function vpaEstimate(
  { resource, usage, current }: StrategyInput,
  { containers }: VpaParameters = {},
): VpaEstimate | undefined {
  const histogram = resource === "cpu" ? cpuHistogram(usage) : memoryHistogram(usage, current.request);
  if (!histogram) return undefined;
  const confidence = confidenceOf(usage);
  const least = containers === undefined ? 0 : amount(LEAST_OF_POD[resource] / containers);
  const units = UNITS_OF_ONE[resource];
  const estimate = (percentile: number, multiplier: number): number => {
    const base = amount(histogram.percentile(percentile) * units);
    return Math.max(amount((base + amount(base * MARGIN)) * multiplier), least) / units;
  };
  return {
    lower: estimate(0.5, (1 + 0.001 / confidence) ** -2),
    target: estimate(0.9, 1),
    upper: estimate(0.95, 1 + 1 / confidence),
  };
}

function cpuHistogram(usage: ContainerUsage): VpaHistogram | undefined {
  const days = resourceDays(usage, "cpu");
  if (days.length === 0) return undefined;
  const histogram = new VpaHistogram("cpu", least(days.map(({ firstMs }) => firstMs)));
  for (const { values, samples, firstMs, lastMs } of days)
    if (samples)
      for (const [index, timeMs] of samples.timesMs.entries())
        histogram.add(wholeMillis(samples.values[index] ?? 0), CPU_SAMPLE_WEIGHT, timeMs);
    else
      for (const [value, count] of values.bins())
        histogram.add(wholeMillis(value), CPU_SAMPLE_WEIGHT * count, (firstMs + lastMs) / 2);
  return histogram;
}

function memoryHistogram(
  usage: ContainerUsage,
  request: StrategyInput["current"]["request"],
): VpaHistogram | undefined {
  const peaks = memoryPeaks(usage, request);
  if (peaks.length === 0) return undefined;
  const histogram = new VpaHistogram("memory", least(peaks.map(({ endMs }) => endMs)));
  for (const { bytes, endMs } of peaks) histogram.add(bytes, 1, endMs);
  return histogram;
}

/** Days of history, less where samples are rarer than one a minute; of CPU alone. */
function confidenceOf(usage: ContainerUsage): number {
  const days = resourceDays(usage, "cpu");
  if (days.length === 0) return 0;
  const firstMs = least(days.map((day) => day.firstMs));
  const lastMs = greatest(days.map((day) => day.lastMs));
  const samples = days.reduce((sum, { values }) => sum + values.count, 0);
  return Math.min((lastMs - firstMs) / DAY_MS, samples / SAMPLES_OF_DAY);
}

function wholeMillis(cores: number): number {
  return Math.trunc(cores * 1000) / 1000;
}

/** As VPA's `resourceAmountFromFloat`. */
function amount(value: number): number {
  return Math.trunc(Math.min(Math.max(value, 0), MOST_UNITS));
}
