import type { Window } from "../domain/duration.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { Series, SeriesQuery, SeriesSource } from "../metrics/series-source.ts";
import { DAY_MS, type DayEvents, dayOf } from "./usage.ts";
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
 * at least.
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
  ): Promise<Series[]> =>
    inNamespaces(namespaces, (some) =>
      ask({ metric, matchers: [...matchers, ...some], window, by: ["namespace", "pod", "container"] }),
    );
  const containers = ["", "POD"].map((not) => ({ label: "container", not }));
  const [killed, ...counted] = await Promise.all([
    read(LAST_REASON, [{ label: "reason", is: "OOMKilled" }], (query) =>
      source.gauge(query, REASON_STEP_SECONDS),
    ),
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
  for (const series of killed)
    for (const [at, day] of days.at(series))
      if (day.restarts > 0 && series.values[at] === 1) day.oomKills = Math.max(day.oomKills, 1);
  return days.eventful();
}

type Counted = { -readonly [Key in keyof EventDay]: EventDay[Key] };

class EventDays {
  readonly #days = new Map<string, { readonly namespace: string; readonly day: Counted }>();

  /** The day of each point of a series, begun where it is new. */
  *at({ labels, timesMs }: Series): Generator<readonly [index: number, day: Counted]> {
    const { namespace = "", pod = "", container = "" } = labels;
    for (const [index, timeMs] of timesMs.entries()) {
      const key = `${namespace}/${pod}/${container}/${dayOf(timeMs)}`;
      const none = { throttledPeriods: 0, periods: 0, oomKills: 0, restarts: 0 };
      const known = this.#days.get(key) ?? {
        namespace,
        day: { pod, container, day: dayOf(timeMs), ...none },
      };
      this.#days.set(key, known);
      yield [index, known.day];
    }
  }

  /** Periods alone are no event. */
  eventful(): Map<string, EventDay[]> {
    const eventful = [...this.#days.values()].filter(
      ({ day }) => day.throttledPeriods + day.oomKills + day.restarts > 0,
    );
    return new Map(
      [...Map.groupBy(eventful, ({ namespace }) => namespace)].map(([namespace, days]) => [
        namespace,
        days.map(({ day }) => day),
      ]),
    );
  }
}
