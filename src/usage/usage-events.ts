import type { ContainerUsage, Day, DayEvents } from "./usage.ts";

/** What happened to all pods of a container in a day. */
export interface EventDay extends Pick<DayEvents, "oomKills" | "throttledPeriods" | "periods"> {
  readonly day: Day;
}

/** Ascending; only days of which counters told. */
export function eventDays({ days }: ContainerUsage): EventDay[] {
  const byDay = Map.groupBy(
    days.flatMap(({ day, events }) => (events ? [{ ...events, day }] : [])),
    ({ day }) => day,
  );
  const sum = (all: readonly EventDay[], of: "oomKills" | "throttledPeriods" | "periods"): number =>
    all.reduce((total, one) => total + one[of], 0);
  return [...byDay]
    .map(([day, all]) => ({
      day,
      oomKills: sum(all, "oomKills"),
      throttledPeriods: sum(all, "throttledPeriods"),
      periods: sum(all, "periods"),
    }))
    .sort((a, b) => a.day - b.day);
}
