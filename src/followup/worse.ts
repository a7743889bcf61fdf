import type { AfterMerge, Signal } from "../domain/after-merge.ts";
import { baseUnits, type Quantity } from "../domain/quantity.ts";
import { type ResourceField, type ResourceName, splitField } from "../domain/resources.ts";
import type { ContainerSigns, SignalReading, Signs } from "../domain/signs.ts";
import type { ChangedAmount, Target } from "./target.ts";

/** Something that got worse after a merge, and amounts of it that may be why, since they are too little. */
export interface Finding {
  readonly sentence: string;
  readonly tooLittle: readonly {
    readonly container: string;
    readonly field: ResourceField;
    readonly amount: Quantity;
  }[];
}

/** What was measured of a target before the merge and since it. */
export interface Measured {
  readonly before: Signs;
  readonly after: Signs;
  readonly signals: readonly SignalReading[];
}

/** Worse is more than so many times what it was before, in the same time. */
const TIMES = 2;
/** Of what was throttled in so few periods nothing is known. */
const FEWEST_PERIODS = 100;
/** Of a signal, before and after. */
const FEWEST_POINTS = 6;

/**
 * What got worse after a merge, by the policy's thresholds, and only where the change can have done it: who was
 * given more memory was not killed because of it.
 */
export function whatGotWorse(target: Target, measured: Measured, policy: AfterMerge): Finding[] {
  return [
    ...perContainer(target, measured, policy),
    ...pending(target, measured, policy),
    ...atMaximum(target, measured, policy),
    ...measured.signals.flatMap((reading) => signal(target, reading, policy.signals)),
  ];
}

function perContainer(target: Target, { before, after }: Measured, { worse }: AfterMerge): Finding[] {
  return [...after.containers].flatMap(([container, now]): Finding[] => {
    const was = before.containers.get(container) ?? NOTHING;
    const lowered = (resource?: ResourceName, limitsOnly = false): ChangedAmount[] =>
      loweredOf(target).filter(({ container: name, field }) => {
        const [side, of] = splitField(field);
        return name === container && (resource ?? of) === of && (!limitsOnly || side === "limits");
      });
    const more = (count: number, earlier: number, least: number): boolean =>
      count >= least && isMore(count / after.seconds, earlier / Math.max(1, before.seconds));
    const [memory, cpuLimit, any] = [lowered("memory"), lowered("cpu", true), lowered()];
    if (memory.length > 0 && more(now.oomKills, was.oomKills, worse.oomKills))
      return [
        {
          sentence: `container ${container}: killed for lack of memory ${times(now.oomKills)} in ${hours(after)}, and ${times(was.oomKills)} in the ${hours(before)} before the merge`,
          tooLittle: tooLittle(memory),
        },
      ];
    if (any.length > 0 && more(now.restarts, was.restarts, worse.restarts))
      return [
        {
          sentence: `container ${container}: restarted ${times(now.restarts)} in ${hours(after)}, and ${times(was.restarts)} in the ${hours(before)} before the merge`,
          tooLittle: tooLittle(any),
        },
      ];
    const [held, heldBefore] = [throttledPercent(now), throttledPercent(was)];
    if (
      cpuLimit.length > 0 &&
      now.periods >= FEWEST_PERIODS &&
      held >= worse.throttledPercent &&
      held - heldBefore >= worse.throttledPercent / 2
    )
      return [
        {
          sentence: `container ${container}: its CPU limit throttled it in ${Math.round(held)} % of all periods, and in ${Math.round(heldBefore)} % before the merge`,
          tooLittle: tooLittle(cpuLimit),
        },
      ];
    return [];
  });
}

function pending(target: Target, { before, after }: Measured, { worse }: AfterMerge): Finding[] {
  const raised = target.changed.some(
    ({ field, before: was, after: is }) =>
      field.startsWith("requests") &&
      is !== undefined &&
      (was === undefined || baseUnits(is) > baseUnits(was)),
  );
  const [now, was] = [after.pendingSeconds, before.pendingSeconds];
  if (!raised || now < worse.pendingSeconds || !isMore(now, was)) return [];
  const sentence = `a pod waited for a node for ${minutes(now)}, and ${was === 0 ? "none" : `at most ${minutes(was)}`} in the ${hours(before)} before the merge`;
  return [{ sentence, tooLittle: [] }];
}

function atMaximum(target: Target, { before, after }: Measured, { worse }: AfterMerge): Finding[] {
  const lowered = loweredOf(target).filter(({ field }) => field.startsWith("requests"));
  const [now, was] = [after.atMaximumSeconds, before.atMaximumSeconds];
  if (lowered.length === 0 || now < worse.atMaximumSeconds) return [];
  if (!isMore(now / after.seconds, was / Math.max(1, before.seconds))) return [];
  const sentence = `its autoscaler stood at its maximum for ${minutes(now)} of ${hours(after)}, and for ${minutes(was)} of the ${hours(before)} before the merge`;
  return [{ sentence, tooLittle: tooLittle(lowered) }];
}

function signal(
  target: Target,
  { name, before, after }: SignalReading,
  signals: readonly Signal[],
): Finding[] {
  const wanted = signals.find((one) => one.name === name);
  if (!wanted || saysNothing({ before, after })) return [];
  const [was, now, usual] = [quantile(before, 0.5), quantile(after, 0.5), quantile(before, 0.95)];
  const least = was * (1 + wanted.worsePercent / 100);
  if (now < wanted.ignoreBelow || now <= least || now <= usual) return [];
  const sentence = `${name}: the median is ${number(now)} since the merge, and was ${number(was)} before (95 % of the time at most ${number(usual)})`;
  return [{ sentence, tooLittle: tooLittle(loweredOf(target)) }];
}

/** Whether a signal has too few points on one side to be compared. */
export function saysNothing({ before, after }: Pick<SignalReading, "before" | "after">): boolean {
  return Math.min(before.length, after.length) < FEWEST_POINTS;
}

/** What a merge made less, or may have. A limit that was not there before is less than none. */
function loweredOf({ changed, beforeUnknown }: Target): ChangedAmount[] {
  return changed.filter(({ field, before, after }) => {
    if (after === undefined) return false;
    if (before === undefined) return beforeUnknown || field.startsWith("limits");
    return baseUnits(after) < baseUnits(before);
  });
}

function tooLittle(lowered: readonly ChangedAmount[]): Finding["tooLittle"] {
  return lowered.flatMap(({ container, field, after }) =>
    after === undefined ? [] : [{ container, field, amount: after }],
  );
}

function isMore(now: number, before: number): boolean {
  return now > before * TIMES;
}

const NOTHING: ContainerSigns = { oomKills: 0, restarts: 0, periods: 0, throttledPeriods: 0 };

function throttledPercent({ periods, throttledPeriods }: ContainerSigns): number {
  return (throttledPeriods / Math.max(1, periods)) * 100;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function times(count: number): string {
  if (count === 0) return "not once";
  return count === 1 ? "once" : `${count} times`;
}

function hours({ seconds }: Signs): string {
  return seconds < 5400 ? minutes(seconds) : `${Math.round(seconds / 3600)} h`;
}

function minutes(seconds: number): string {
  return `${Math.round(seconds / 60)} min`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
