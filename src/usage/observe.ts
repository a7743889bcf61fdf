import pLimit from "p-limit";
import type { Window } from "../domain/duration.ts";
import { type Workload, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { type OwnerLinks, workloadOfPod } from "../metrics/owners.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { containerDays } from "./container-days.ts";
import { usageByWorkload } from "./usage-by-workload.ts";
import type { NamespaceUsage, UsageSource } from "./usage-source.ts";
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
const NAMESPACES_AT_ONCE = 2;

/** A server that fails for so many namespaces, one after the other, is out of order. */
const FAULTS_IN_A_ROW = 8;

/** Samples may come late: a day is kept when it is over for so long. */
const LATE_MS = 2 * 3_600_000;

/**
 * What the containers of these workloads used in the window, handed over namespace by namespace, so that never
 * all of it is in memory. Days that the store keeps are not read again, and those that may lack something are not
 * kept. Gives warnings, also of a namespace that could not be read and is then as if nothing of it was seen;
 * rejects as {@link SeriesSource} says where none can be read, or many in a row can't.
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
  const before = owners?.partialAnswers ?? 0;
  const asked = owners && spans.length > 0 ? readOwners(owners, namespaces, hullOf(spans)) : undefined;
  // Their answer is awaited when the first namespace is read, which takes longer.
  const owning = Promise.resolve(asked).then((links) => ({
    links,
    byLinks: workloadOfPod(links ?? NO_LINKS, exists),
    missing: (owners?.partialAnswers ?? 0) > before,
  }));
  owning.catch(() => undefined);
  source.announce?.(namespaces);
  const byName = workloadOfPod(NO_LINKS, exists);

  let [done, inARow] = [0, 0];
  const faults: { readonly namespace: string; readonly fault: unknown }[] = [];
  await pLimit(NAMESPACES_AT_ONCE).map(namespaces, async (namespace) => {
    const old = await store.load(sourceKey, namespace, wantedOf(window, closed, kept.get(namespace)));
    // A page may turn out to be damaged, or have gone: then its day is read again.
    const missing = missingSpans(window, closed, [...old.keys()]);
    const fresh = await readSpans(source, namespace, missing).catch((fault: unknown) => {
      faults.push({ namespace, fault });
      inARow += 1;
      if (inARow >= Math.min(FAULTS_IN_A_ROW, namespaces.length)) throw fault;
      return undefined;
    });
    if (fresh === undefined) return take(namespace, new Map());
    const { byLinks, missing: ownersMissing } = await owning;
    const days = fresh.flatMap((found) => containerDays(found, (pod) => ownerOf(byLinks(namespace, pod))));
    inARow = 0;
    const whole = !ownersMissing && !fresh.some(({ incomplete }) => incomplete);
    if (whole) await store.save(sourceKey, namespace, wholeDays(days, window, closed));
    const all = [...[...old.values()].flat(), ...days];
    take(
      namespace,
      usageByWorkload(all, ({ pod, owner }) => (owner ? { namespace, ...owner } : byName(namespace, pod))),
    );
    done += 1;
    progress(namespace, done, namespaces.length);
  });
  const { links } = await owning;
  return [...(links?.pods.length === 0 ? [BY_NAME] : []), ...faults.map(leftOut)];
}

async function readSpans(
  source: UsageSource,
  namespace: string,
  spans: readonly Window[],
): Promise<NamespaceUsage[]> {
  const read: NamespaceUsage[] = [];
  for (const span of spans) read.push(await source.read(namespace, span));
  return read;
}

function leftOut({ namespace, fault }: { readonly namespace: string; readonly fault: unknown }): string {
  const why = fault instanceof Error ? fault.message : String(fault);
  return `namespace ${namespace}: its usage is not known and nothing of it changes: ${why}`;
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
