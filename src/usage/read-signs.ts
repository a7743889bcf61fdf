import type { Window } from "../domain/duration.ts";
import type { ContainerSigns, Signs } from "../domain/signs.ts";
import { type WorkloadId, workloadKey } from "../domain/workload.ts";
import { workloadOfPod } from "../metrics/owners.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { LabelMatcher, Series, SeriesSource } from "../metrics/series-source.ts";

/** Between points: what is shorter is not seen. */
const SIGNS_STEP_SECONDS = 60;

/** The signs of these workloads in a window, by {@link workloadKey}. */
export type SignsIn = (window: Window) => ReadonlyMap<string, Signs>;

/**
 * Reads the signs of a few workloads over a window, in about ten requests; gives what tells them of any part of
 * it. What nobody exports is no sign. Rejects as {@link SeriesSource} says.
 */
export async function readSigns(
  source: SeriesSource,
  workloads: readonly WorkloadId[],
  window: Window,
): Promise<SignsIn> {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const keys = new Set(workloads.map(workloadKey));
  const links = await readOwners(source, namespaces, window);
  const owner = workloadOfPod(links, (id) => keys.has(workloadKey(id)));
  const keyOf = ({ labels: { namespace = "", pod = "" } }: Series): string => {
    const id = owner(namespace, pod);
    return id ? workloadKey(id) : "";
  };
  const within: LabelMatcher = { label: "namespace", in: namespaces };
  const read = async (
    metric: string,
    by: readonly string[],
    more: readonly LabelMatcher[] = [],
  ): Promise<Series[]> =>
    await source.gauge(
      { metric, matchers: [within, ...more], window, by: ["namespace", ...by] },
      SIGNS_STEP_SECONDS,
    );
  const ofContainers = ["pod", "container"];
  const [restarts, reasons, ooms, periods, throttled, phases, infos, replicas, maxima] = await Promise.all([
    read("kube_pod_container_status_restarts_total", ofContainers),
    read("kube_pod_container_status_last_terminated_reason", ofContainers, [
      { label: "reason", is: "OOMKilled" },
    ]),
    read("container_oom_events_total", ofContainers, OF_CONTAINERS),
    read("container_cpu_cfs_periods_total", ofContainers, OF_CONTAINERS),
    read("container_cpu_cfs_throttled_periods_total", ofContainers, OF_CONTAINERS),
    read("kube_pod_status_phase", ["pod"], [{ label: "phase", is: "Pending" }]),
    read("kube_horizontalpodautoscaler_info", [SCALER, "scaletargetref_kind", "scaletargetref_name"]),
    read("kube_horizontalpodautoscaler_status_current_replicas", [SCALER]),
    read("kube_horizontalpodautoscaler_spec_max_replicas", [SCALER]),
  ]);
  const killedAt = new Map(reasons.map((series) => [containerKey(series), pointsOf(series)]));
  const maximumOf = new Map(maxima.map((series) => [scalerKey(series), pointsOf(series)]));

  const containersOf = (key: string, part: Window): Map<string, ContainerSigns> => {
    const found = new Map<string, Counts>();
    const add = (all: readonly Series[], name: keyof Counts, rise: (series: Series) => number): void => {
      for (const series of all.filter((one) => keyOf(one) === key)) {
        const { container = "" } = series.labels;
        const counts = found.get(container) ?? {
          oomKills: 0,
          restarts: 0,
          periods: 0,
          throttledPeriods: 0,
          events: 0,
        };
        counts[name] += rise(series);
        found.set(container, counts);
      }
    };
    add(restarts, "restarts", (series) => riseIn(series, part));
    add(restarts, "oomKills", (series) =>
      riseIn(series, part, (timeMs) => killedAt.get(containerKey(series))?.get(timeMs) === 1),
    );
    add(ooms, "events", (series) => riseIn(series, part));
    add(periods, "periods", (series) => riseIn(series, part));
    add(throttled, "throttledPeriods", (series) => riseIn(series, part));
    return new Map(
      // The counter of kills goes away with the container that was killed, mostly unseen.
      [...found].map(([name, { events, ...counts }]) => [
        name,
        { ...counts, oomKills: Math.max(counts.oomKills, events) },
      ]),
    );
  };

  const atMaximum = ({ kind, name, namespace }: WorkloadId, part: Window): number => {
    const own = new Set(
      infos
        .filter(
          ({ labels }) =>
            labels["namespace"] === namespace &&
            labels["scaletargetref_kind"] === kind &&
            labels["scaletargetref_name"] === name,
        )
        .map(scalerKey),
    );
    const points = replicas
      .filter((series) => own.has(scalerKey(series)))
      .flatMap((series) => {
        const most = maximumOf.get(scalerKey(series));
        return [...pointsOf(series)].filter(
          ([timeMs, value]) => isIn(timeMs, part) && value >= (most?.get(timeMs) ?? Infinity),
        );
      });
    return points.length * SIGNS_STEP_SECONDS;
  };

  return (part) =>
    new Map(
      workloads.map((id) => {
        const key = workloadKey(id);
        const waits = phases.filter((one) => keyOf(one) === key).map((one) => longestIn(one, part));
        return [
          key,
          {
            seconds: Math.max(0, part.endMs - part.startMs) / 1000,
            containers: containersOf(key, part),
            pendingSeconds: Math.max(0, ...waits) * SIGNS_STEP_SECONDS,
            atMaximumSeconds: atMaximum(id, part),
          },
        ];
      }),
    );
}

type Counts = { -readonly [Key in keyof ContainerSigns]: number } & { events: number };

const SCALER = "horizontalpodautoscaler";
const OF_CONTAINERS: readonly LabelMatcher[] = ["", "POD"].map((not) => ({ label: "container", not }));

function containerKey({ labels: { namespace, pod, container } }: Series): string {
  return `${namespace}/${pod}/${container}`;
}

function scalerKey({ labels }: Series): string {
  return `${labels["namespace"]}/${labels[SCALER]}`;
}

function pointsOf({ timesMs, values }: Series): Map<number, number> {
  return new Map([...timesMs].map((timeMs, index) => [timeMs, values[index] ?? 0]));
}

function isIn(timeMs: number, { startMs, endMs }: Window): boolean {
  return timeMs >= startMs && timeMs < endMs;
}

/** How much a counter rose in a part of the window, by the points that `counts` takes; a reset begins at nothing. */
function riseIn(
  { timesMs, values }: Series,
  part: Window,
  counts: (timeMs: number) => boolean = () => true,
): number {
  let before = values[0] ?? 0;
  let rise = 0;
  for (const [index, timeMs] of timesMs.entries()) {
    const value = values[index] ?? before;
    if (isIn(timeMs, part) && counts(timeMs)) rise += value >= before ? value - before : value;
    before = value;
  }
  return Math.round(rise);
}

/** The longest run of points that are 1. */
function longestIn({ timesMs, values }: Series, part: Window): number {
  let [longest, run] = [0, 0];
  for (const [index, timeMs] of timesMs.entries()) {
    run = isIn(timeMs, part) && values[index] === 1 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
