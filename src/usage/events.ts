import type { Window } from "../domain/duration.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { Series, SeriesQuery, SeriesSource } from "../metrics/series-source.ts";
import { DAY_MS, type Day, type DayEvents, dayOf } from "./usage.ts";
import type { EventDay } from "./usage-source.ts";

/** The counters whose increase is told: three of cAdvisor, one of kube-state-metrics. */
const COUNTERS: readonly (readonly [counted: keyof DayEvents, metric: string])[] = [
  ["throttledPeriods", "container_cpu_cfs_throttled_periods_total"],
  ["periods", "container_cpu_cfs_periods_total"],
  ["oomKills", "container_oom_events_total"],
  ["restarts", "kube_pod_container_status_restarts_total"],
];

/** Why a container was ended the last time stands there until it ends again. */
const LAST_REASON = "kube_pod_container_status_last_terminated_reason";
const REASON_STEP_SECONDS = 1800;

/**
 * What happened to containers on each day of a window on which something did, by namespace: all namespaces in
 * nine requests, more where the server's limits answer. A metric that nobody exports is no fault.
 *
 * cAdvisor's counter of OOM kills goes away with the container that was killed, mostly unseen, and older
 * kubelets have none: where the last termination's reason is `OOMKilled`, a day with restarts counts one kill
 * at least, unless that reason is from before and gave way to another one.
 */
export async function readEvents(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
): Promise<Map<string, EventDay[]>> {
  const read = (
    metric: string,
    matchers: SeriesQuery["matchers"],
    ask: (query: SeriesQuery) => Promise<Series[]>,
    by = CONTAINER,
  ): Promise<Series[]> =>
    inNamespaces(namespaces, (some) => ask({ metric, matchers: [...matchers, ...some], window, by }));
  const containers = ["", "POD"].map((not) => ({ label: "container", not }));
  const [reasons, ...counted] = await Promise.all([
    read(LAST_REASON, [], (query) => source.gauge(query, REASON_STEP_SECONDS), [...CONTAINER, "reason"]),
    ...COUNTERS.map(([, metric]) =>
      read(metric, containers, (query) => source.increase(query, DAY_MS / 1000)),
    ),
  ]);
  const days = new EventDays();
  for (const [index, [name]] of COUNTERS.entries())
    for (const series of counted[index] ?? [])
      for (const [at, day] of days.at(series))
        // An increase that is stretched to the whole of a day is no whole number.
        day[name] = Math.round(series.values[at] ?? 0);
  for (const series of Map.groupBy(reasons, keyOf).values()) {
    const ended = reasonsOf(series);
    for (const day of days.of(series[0])) if (wasKilled(ended, day)) day.oomKills = Math.max(day.oomKills, 1);
  }
  return days.eventful();
}

const CONTAINER = ["namespace", "pod", "container"];

/** Whether the last termination of a container was for lack of memory, by the time of each point. */
type Reasons = ReadonlyMap<number, boolean>;

/** Older releases of kube-state-metrics have a series for each reason, and 0 for those that are not true. */
function reasonsOf(series: readonly Series[]): Reasons {
  const reasons = new Map<number, boolean>();
  for (const { labels, timesMs, values } of series)
    for (const [at, timeMs] of timesMs.entries())
      if (values[at] === 1)
        reasons.set(timeMs, reasons.get(timeMs) === true || labels["reason"] === "OOMKilled");
  return reasons;
}

/** The midnight at its end tells of a restart shortly before. */
function wasKilled(reasons: Reasons, { day, restarts }: EventDay): boolean {
  if (restarts === 0) return false;
  const [startMs, endMs] = [day * DAY_MS, (day + 1) * DAY_MS];
  const ofDay = [...reasons]
    .filter(([timeMs]) => timeMs >= startMs && timeMs <= endMs)
    .sort(([a], [b]) => a - b)
    .map(([, killed]) => killed);
  const fromBefore = restarts === 1 && reasons.get(startMs) === true && ofDay.at(-1) === false;
  return ofDay.includes(true) && !fromBefore;
}

type Counted = { -readonly [Key in keyof EventDay]: EventDay[Key] };

class EventDays {
  readonly #days = new Map<string, Map<Day, Counted>>();

  /** The day of each point of a series, begun where it is new. */
  *at(series: Series): Generator<readonly [index: number, day: Counted]> {
    const { pod = "", container = "" } = series.labels;
    const key = keyOf(series);
    const days = this.#days.get(key) ?? new Map<Day, Counted>();
    this.#days.set(key, days);
    for (const [index, timeMs] of series.timesMs.entries()) {
      const day = dayOf(timeMs);
      const none = { throttledPeriods: 0, periods: 0, oomKills: 0, restarts: 0 };
      const known = days.get(day) ?? { pod, container, day, ...none };
      days.set(day, known);
      yield [index, known];
    }
  }

  /** All days of a container. */
  of(series: Series | undefined): Iterable<Counted> {
    return this.#days.get(series ? keyOf(series) : "")?.values() ?? [];
  }

  /** Periods alone are no event. */
  eventful(): Map<string, EventDay[]> {
    const eventful = new Map<string, EventDay[]>();
    for (const [key, days] of this.#days) {
      const namespace = key.slice(0, key.indexOf("/"));
      const found = eventful.get(namespace) ?? [];
      for (const day of days.values())
        if (day.throttledPeriods + day.oomKills + day.restarts > 0) found.push(day);
      if (found.length > 0) eventful.set(namespace, found);
    }
    return eventful;
  }
}

/** No name holds a slash. */
function keyOf({ labels: { namespace, pod, container } }: Pick<Series, "labels">): string {
  return `${namespace}/${pod}/${container}`;
}
