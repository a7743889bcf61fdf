import type { Reason } from "../../domain/reason.ts";
import { dayOf } from "../../usage/usage.ts";
import type { EventDay } from "../../usage/usage-events.ts";
import type { AdvisedContainer } from "../advise-cluster.ts";

/** Why a container is not well since a change of it was merged; `undefined` where nothing speaks against it. */
export type WhyUnwell = (container: AdvisedContainer, mergedMs: number) => Reason | undefined;

const FEWEST_PERIODS = 100;
/** Throttling is worse where it takes so many more percent of the periods than before. */
const WORSE_PERCENT = 5;

/** By what usage tells: kills for lack of memory since the day of the merge, and more throttling than before it. */
export const unwellByUsage: WhyUnwell = ({ events = [] }, mergedMs) => {
  const since = dayOf(mergedMs);
  const [before, after] = [events.filter(({ day }) => day < since), events.filter(({ day }) => day >= since)];
  const kills = after.reduce((sum, { oomKills }) => sum + oomKills, 0);
  if (kills > 0)
    return {
      code: "oom-kill",
      message: `it was killed for lack of memory ${kills === 1 ? "once" : `${kills} times`} since`,
    };
  const [was, is] = [throttledPercent(before) ?? 0, throttledPercent(after) ?? 0];
  if (is < was + WORSE_PERCENT) return undefined;
  return {
    code: "throttled",
    message: `its CPU limit throttles it in ${Math.round(is)} % of the periods since, and ${Math.round(was)} % before`,
  };
};

function throttledPercent(days: readonly EventDay[]): number | undefined {
  const periods = days.reduce((sum, one) => sum + one.periods, 0);
  const throttled = days.reduce((sum, one) => sum + one.throttledPeriods, 0);
  return periods < FEWEST_PERIODS ? undefined : (throttled / periods) * 100;
}
