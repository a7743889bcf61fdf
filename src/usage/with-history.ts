import type { Window } from "../domain/duration.ts";
import type { Images, PodHistory, Revision } from "../domain/pod-history.ts";
import { dayOf } from "./usage.ts";
import type { EventDay, NamespaceUsage, PodImage, PodOwner, UsageSource } from "./usage-source.ts";

/**
 * A source with what the cluster itself remembers where the source does not tell which images ran, as without
 * kube-state-metrics: images, kills for lack of memory, and whose pods they are. It is asked once, when that
 * is first missed. What may not be read is a warning; where it could not be asked, days are incomplete besides.
 */
export function withHistory(
  source: UsageSource,
  ask: () => Promise<PodHistory>,
  warn: (warning: string) => void,
): UsageSource {
  let asked: Promise<PodHistory | undefined> | undefined;
  const told = async (): Promise<PodHistory | undefined> => {
    try {
      const history = await ask();
      for (const warning of history.warnings) warn(warning);
      return history;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(`which images ran, and what was killed for lack of memory, is not known: ${why}`);
      return undefined;
    }
  };
  return {
    protocol: source.protocol,
    cost: source.cost,
    announce: (namespaces) => source.announce?.(namespaces),
    async read(namespace, window) {
      const usage = await source.read(namespace, window);
      if (usage.images.length > 0 || usage.series.length === 0) return usage;
      const history = await (asked ??= told());
      return history ? joined(usage, namespace, window, history) : { ...usage, incomplete: true };
    },
  };
}

/** What the source tells stays as it is; of kills only those in the window are added, as other days are read elsewhere. */
function joined(
  usage: NamespaceUsage,
  namespace: string,
  { startMs, endMs }: Window,
  history: PodHistory,
): NamespaceUsage {
  const pods = history.pods.filter((pod) => pod.namespace === namespace);
  const revisions = history.revisions.filter((one) => one.namespace === namespace);
  const byName = new Map(revisions.map((one) => [one.name, one]));
  const owners = pods.flatMap(({ name, controller }): PodOwner[] => {
    if (controller?.kind === "StatefulSet" || controller?.kind === "DaemonSet")
      return [{ pod: name, kind: controller.kind, name: controller.name }];
    const set = byName.get(controller?.name ?? "");
    return controller?.kind === "ReplicaSet" && set ? [{ pod: name, ...set.workload }] : [];
  });
  return {
    ...usage,
    owners: [...owners, ...(usage.owners ?? [])],
    events: withKills(
      usage.events,
      pods.flatMap(({ name: pod, oomKills }) =>
        oomKills
          .filter(({ atMs }) => atMs >= startMs && atMs < endMs)
          .map(({ container, atMs }) => ({ pod, container, day: dayOf(atMs) })),
      ),
    ),
    images: [
      ...setImages(usage, byName),
      ...pods.flatMap(({ name, controller, images }) => {
        const mine = revisions.filter(
          ({ workload }) => workload.kind === controller?.kind && workload.name === controller.name,
        );
        return mine.length === 0 ? podImages(name, images) : imagesInTurn(name, images, mine);
      }),
    ],
  };
}

/** A pod of a ReplicaSet, gone or not, has the images of that, whose name it begins with. */
function setImages({ series }: NamespaceUsage, revisions: ReadonlyMap<string, Revision>): PodImage[] {
  return [...new Set(series.map(({ pod }) => pod))].flatMap((pod) => {
    const set = revisions.get(pod.slice(0, Math.max(0, pod.lastIndexOf("-"))));
    return set && SETS.has(set.workload.kind) ? podImages(pod, set.images) : [];
  });
}

const SETS: ReadonlySet<string> = new Set(["Deployment", "Rollout"]);

/**
 * A pod whose name outlives its template had the images of each in turn; one that was gone back to, since it was
 * made. What came after the one that it has now did not reach it yet, as where a partition or `OnDelete` holds it.
 */
function imagesInTurn(pod: string, now: Images, revisions: readonly Revision[]): PodImage[] {
  const inTurn = revisions.toSorted((a, b) => a.number - b.number);
  const present = inTurn.findLastIndex(({ images }) =>
    [...images].every(([container, image]) => now.get(container) === image),
  );
  // A webhook may have written other names for images than any template.
  return inTurn
    .slice(0, present === -1 ? undefined : present + 1)
    .flatMap(({ madeMs, images }) =>
      podImages(pod, images).map((one) => ({ ...one, fromDay: dayOf(madeMs) })),
    );
}

function podImages(pod: string, images: Images): PodImage[] {
  return [...images].map(([container, image]) => ({ pod, container, image }));
}

/** At least one kill, and so a restart, on each of these days. */
function withKills(
  events: readonly EventDay[],
  kills: readonly Pick<EventDay, "pod" | "container" | "day">[],
): EventDay[] {
  const key = ({ pod, container, day }: (typeof kills)[number]): string => `${pod}/${container}/${day}`;
  const known = new Map(events.map((one) => [key(one), one]));
  for (const kill of kills) {
    const counted = known.get(key(kill)) ?? {
      throttledPeriods: 0,
      periods: 0,
      oomKills: 0,
      restarts: 0,
      ...kill,
    };
    known.set(key(kill), {
      ...counted,
      oomKills: Math.max(1, counted.oomKills),
      restarts: Math.max(1, counted.restarts),
    });
  }
  return [...known.values()];
}
