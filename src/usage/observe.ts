import pLimit from "p-limit";
import type { Window } from "../domain/duration.ts";
import { type Workload, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { type OwnerLinks, workloadOfPod } from "../metrics/owners.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { containerDays } from "./container-days.ts";
import { usageByWorkload } from "./usage-by-workload.ts";
import type { UsageSource } from "./usage-source.ts";
import type { UsageStore } from "./usage-store.ts";
import { type ContainerDay, DAY_MS, type Day, dayOf, type WorkloadUsage } from "./usage.ts";

/** Where use is read, and where days that are over are kept. */
export interface ObserveSetup {
  readonly source: UsageSource;
  /** With kube-state-metrics' series of owners; left out, pods are matched by their names. */
  readonly owners?: SeriesSource | undefined;
  readonly store: UsageStore;
  /** What is read, as a key: two sources whose days must never mix have different ones. */
  readonly sourceKey: string;
}

/** The usage of a namespace's workloads, by {@link workloadKey}; one that was not seen is not there. */
export type TakeUsage = (namespace: string, usage: ReadonlyMap<string, WorkloadUsage>) => void;

/** Namespaces that are read at once; the source limits its requests besides. */
const NAMESPACES_AT_ONCE = 4;

/** Samples may come late: a day is kept when it is over for so long. */
const LATE_MS = 2 * 3_600_000;

/**
 * What the containers of these workloads used in the window, handed over namespace by namespace, so that never
 * all of it is in memory. Days that the store keeps are not read again. Gives warnings; rejects as
 * {@link SeriesSource} says.
 */
export async function observeUsage(
  { source, owners, store, sourceKey }: ObserveSetup,
  workloads: readonly Workload[],
  window: Window,
  take: TakeUsage,
  progress: (namespace: string, done: number, of: number) => void = () => {},
): Promise<readonly string[]> {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].sort();
  const keys = new Set(workloads.map(workloadKey));
  const exists = (id: WorkloadId): boolean => keys.has(workloadKey(id));
  const closed = dayOf(window.endMs - LATE_MS);
  const kept = await store.kept(sourceKey);
  const spans = namespaces.flatMap((namespace) => missingSpans(window, closed, kept.get(namespace) ?? []));
  const links = owners && spans.length > 0 ? await readOwners(owners, namespaces, hullOf(spans)) : undefined;
  source.announce?.(namespaces);
  const byLinks = workloadOfPod(links ?? NO_LINKS, exists);
  const byName = workloadOfPod(NO_LINKS, exists);

  let done = 0;
  await pLimit(NAMESPACES_AT_ONCE).map(namespaces, async (namespace) => {
    const old = await store.load(sourceKey, namespace, wantedOf(window, closed, kept.get(namespace)));
    const days: ContainerDay[] = [];
    // A page may turn out to be damaged, or have gone: then its day is read again.
    for (const span of missingSpans(window, closed, [...old.keys()])) {
      const found = await source.read(namespace, span);
      days.push(...containerDays(found, (pod) => ownerOf(byLinks(namespace, pod))));
    }
    await store.save(sourceKey, namespace, wholeDays(days, window, closed));
    const all = [...[...old.values()].flat(), ...days];
    take(
      namespace,
      usageByWorkload(all, ({ pod, owner }) => (owner ? { namespace, ...owner } : byName(namespace, pod))),
    );
    done += 1;
    progress(namespace, done, namespaces.length);
  });
  return links?.pods.length === 0 ? [BY_NAME] : [];
}

function ownerOf(id: WorkloadId | undefined): ContainerDay["owner"] {
  return id && { kind: id.kind, name: id.name };
}

const BY_NAME =
  "no kube_pod_owner in these namespaces (is kube-state-metrics scraped?): pods are matched to workloads by their names";

const NO_LINKS: OwnerLinks = { pods: [], replicaSets: [], jobs: [] };

/** Days of the window that are over and said to be kept. */
function wantedOf(window: Window, closed: Day, kept: readonly Day[] = []): Day[] {
  const known = new Set(kept);
  return daysOf(window).filter((day) => day < closed && known.has(day));
}

/** The runs of days that are not kept: those before `closed`, and all from it on, since they still grow. */
function missingSpans(window: Window, closed: Day, kept: readonly Day[]): Window[] {
  const known = new Set(kept);
  const spans: Window[] = [];
  for (const day of daysOf(window).filter((one) => one >= closed || !known.has(one))) {
    const start = { startMs: Math.max(day * DAY_MS, window.startMs), endMs: window.endMs };
    const last = spans.at(-1);
    const endMs = Math.min((day + 1) * DAY_MS, window.endMs);
    if (last?.endMs === start.startMs) spans[spans.length - 1] = { ...last, endMs };
    else spans.push({ ...start, endMs });
  }
  return spans;
}

function daysOf({ startMs, endMs }: Window): Day[] {
  const first = dayOf(startMs);
  return Array.from({ length: Math.max(0, dayOf(endMs - 1) - first + 1) }, (_, index) => first + index);
}

function hullOf(spans: readonly Window[]): Window {
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}

/** Days on which nothing was seen are not kept: the server may have been empty for another reason. */
function wholeDays(days: readonly ContainerDay[], window: Window, closed: Day): Map<Day, ContainerDay[]> {
  const whole = days.filter(({ day }) => day < closed && day * DAY_MS >= window.startMs);
  return Map.groupBy(whole, ({ day }) => day);
}
