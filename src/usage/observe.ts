import pLimit from "p-limit";
import type { Window } from "../domain/duration.ts";
import { type Workload, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { type OwnerLinks, type WorkloadOfPod, workloadOfPod } from "../metrics/owners.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { toldPartly } from "../metrics/told-partly.ts";
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

/**
 * The usage of a namespace's workloads, by {@link workloadKey}; one that was not seen is not there. It is partial
 * where the server said that it told less than there is.
 */
export type TakeUsage = (
  namespace: string,
  usage: ReadonlyMap<string, WorkloadUsage>,
  partial: boolean,
) => void;

type KeptDays = Awaited<ReturnType<UsageStore["load"]>>;

/** Whose pods are, as a server told of some time. */
interface Owners {
  readonly links: OwnerLinks | undefined;
  readonly workloadOf: WorkloadOfPod;
  readonly partial: boolean;
}

interface ReadDays {
  readonly days: readonly ContainerDay[];
  /** Nothing is missing that will be there another time. */
  readonly whole: boolean;
  readonly partial: boolean;
}

/** Namespaces that are read at once; the source limits its requests besides. */
const NAMESPACES_AT_ONCE = 2;
/** Of few days each is little, and the way to the server and back takes longest. */
const NAMESPACES_OF_FEW_DAYS = 4;
const FEW_DAYS = 4;

/** A server that fails for so many namespaces, one after the other, is out of order. */
const FAULTS_IN_A_ROW = 8;

/** Samples may come late: a day is kept when it is over for so long. */
const LATE_MS = 2 * 3_600_000;

/**
 * What the containers of these workloads used in the window, handed over namespace by namespace, so that never
 * all of it is in memory. They are all that there are in their namespaces: a pod might go by its name to the wrong
 * one. Days that the store keeps are not read again, and those that may lack something are not kept. Gives warnings,
 * also of a namespace that could not be read and is then as if nothing of it was seen; rejects as
 * {@link SeriesSource} says where none can be read, or many in a row can't.
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
  const wantedOf = (namespace: string): ReadonlySet<Day> => keptDays(window, closed, kept.get(namespace));
  const spansToRead = (namespace: string): Window[] =>
    spansOf(window, new Set(daysOf(window)).difference(wantedOf(namespace)));
  const spans = namespaces.flatMap(spansToRead);
  const ownersOf = async (some: readonly string[], during: readonly Window[]): Promise<Owners> => {
    const { read: links, partial } = await toldPartly(owners, async () =>
      owners && during.length > 0 ? await readOwners(owners, some, hullOf(during)) : undefined,
    );
    return { links, workloadOf: workloadOfPod(links ?? NO_LINKS, exists), partial };
  };
  // Their answer is awaited when the first namespace is read, which takes longer.
  const owning = ownersOf(namespaces, spans);
  source.announce?.(namespaces);
  const byName = workloadOfPod(NO_LINKS, exists);

  const readDays = async (
    namespace: string,
    during: readonly Window[],
    knowing: Promise<Owners>,
  ): Promise<ReadDays> => {
    // It may reject before it is awaited.
    knowing.catch(() => undefined);
    const found: NamespaceUsage[] = [];
    for (const span of during) found.push(await source.read(namespace, span));
    const { workloadOf, partial } = await knowing;
    return {
      days: found.flatMap((one) => containerDays(one, (pod) => ownerOf(workloadOf(namespace, pod)))),
      whole: !partial && !found.some(({ incomplete }) => incomplete),
      partial: found.some((one) => one.partial === true),
    };
  };
  const readOne = async (namespace: string): Promise<ReadDays & { old: KeptDays }> => {
    const wanted = wantedOf(namespace);
    const fresh = await readDays(namespace, spansToRead(namespace), owning);
    // Last, so that what is kept need not wait in memory for the server.
    const old = await store.load(sourceKey, namespace, [...wanted]);
    const gone = spansOf(window, wanted.difference(new Set(old.keys())));
    if (gone.length === 0) return { ...fresh, old };
    // Pages turned out to be damaged, or went: their days are read too, with the owners of that time.
    const anew = await readDays(namespace, gone, ownersOf([namespace], gone));
    return {
      days: [...fresh.days, ...anew.days],
      whole: fresh.whole && anew.whole,
      partial: fresh.partial || anew.partial,
      old,
    };
  };

  let [done, inARow, measured] = [0, 0, false];
  const faults: { readonly namespace: string; readonly fault: unknown }[] = [];
  const atOnce = isShort(hullOf(spans)) ? NAMESPACES_OF_FEW_DAYS : NAMESPACES_AT_ONCE;
  await pLimit(atOnce).map(namespaces, async (namespace) => {
    const read = await readOne(namespace).catch((fault: unknown) => {
      faults.push({ namespace, fault });
      inARow += 1;
      if (inARow >= Math.min(FAULTS_IN_A_ROW, namespaces.length)) throw fault;
      return undefined;
    });
    if (read === undefined) return take(namespace, new Map(), false);
    inARow = 0;
    const { whole, partial, old } = read;
    // Whatever a source tells of a day it was not asked for is never all of it.
    const days = read.days.filter(({ day }) => !old.has(day));
    if (whole) await store.save(sourceKey, namespace, wholeDays(days, window, closed));
    const all = [...[...old.values()].flat(), ...days];
    measured ||= all.some(({ cpu, memory }) => cpu !== undefined || memory !== undefined);
    take(
      namespace,
      usageByWorkload(all, ({ pod, owner }) => (owner ? { namespace, ...owner } : byName(namespace, pod))),
      partial,
    );
    done += 1;
    progress(namespace, done, namespaces.length);
  });
  const { links } = await owning;
  return [
    ...(links?.pods.length === 0 ? [BY_NAME] : []),
    ...(done > 0 && !measured ? [NOTHING_MEASURED] : []),
    ...faults.map(leftOut),
  ];
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

const NOTHING_MEASURED =
  "what containers used was not measured at all; in a Prometheus, are container_cpu_usage_seconds_total and container_memory_working_set_bytes of the kubelet's cAdvisor there, with the labels namespace, pod and container?";

const NO_LINKS: OwnerLinks = { pods: [], replicaSets: [], jobs: [] };

/** Days of the window that are said to be kept, and over: those from `closed` on still grow. */
function keptDays(window: Window, closed: Day, kept: readonly Day[] = []): Set<Day> {
  const known = new Set(kept);
  return new Set(daysOf(window).filter((day) => day < closed && known.has(day)));
}

/** Days of a window, ascending, as runs of days. */
function spansOf(window: Window, days: Iterable<Day>): Window[] {
  const spans: Window[] = [];
  for (const day of days) {
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

function isShort({ startMs, endMs }: Window): boolean {
  return endMs - startMs < FEW_DAYS * DAY_MS;
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
