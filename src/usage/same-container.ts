import { merge } from "./sketch.ts";
import type { SeriesDays } from "./usage-source.ts";
import type { Day, ResourceDay } from "./usage.ts";

/** What one container of one pod used of a resource. */
export type ContainerSeries = Omit<SeriesDays, "job">;

/** A job that covers less than this share of what the best one covers has lost its say. */
const CLEARLY_LESS = 0.9;

/**
 * One series for each pod, container and resource, in the order in which they first come. A day's parts that
 * follow one another, as a container's restart makes them, add up. Of those that speak of the same time one
 * counts: of the scrape job `kubelet`, else of the first in the alphabet (as in KRR), unless it covers clearly
 * less; of one job's (replicas of a Prometheus) the best covered.
 */
export function sameContainer(series: readonly SeriesDays[]): ContainerSeries[] {
  const groups = Map.groupBy(series, ({ resource, pod, container }) => `${resource}/${pod}/${container}`);
  return [...groups.values()].flatMap((seen) => {
    const [first] = seen;
    if (first === undefined) return [];
    const { resource, pod, container, days } = first;
    return [{ resource, pod, container, days: seen.length === 1 && isWhole(days) ? days : joined(seen) }];
  });
}

/** Days that come in parts stand next to each other. */
function isWhole(days: SeriesDays["days"]): boolean {
  return days.every(({ day }, index) => day !== days[index - 1]?.day);
}

interface Part extends ResourceDay {
  readonly day: Day;
  readonly job: string;
}

function joined(seen: readonly SeriesDays[]): SeriesDays["days"] {
  const parts = seen.flatMap(({ job, days }) => days.map((day): Part => ({ ...day, job })));
  return [...Map.groupBy(parts, ({ day }) => day).values()].map(dayOf).sort((a, b) => a.day - b.day);
}

function dayOf(parts: readonly Part[]): SeriesDays["days"][number] {
  const jobs = [...Map.groupBy(parts, ({ job }) => job).values()].map((own) => {
    const chosen = apart(own.toSorted(byCoverage));
    return { chosen, covered: chosen.reduce((sum, { coveredSeconds }) => sum + coveredSeconds, 0) };
  });
  const best = Math.max(...jobs.map(({ covered }) => covered));
  const rank = ({ chosen: [first], covered }: (typeof jobs)[number]): string =>
    `${covered < best * CLEARLY_LESS ? 1 : 0}${first?.job === "kubelet" ? 0 : 1}${first?.job}`;
  const ordered = jobs.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).flatMap(({ chosen }) => chosen);
  return sumOf(apart(ordered));
}

/** Those that speak of another time than all before them; ascending. */
function apart(parts: readonly Part[]): Part[] {
  const taken: Part[] = [];
  for (const part of parts) if (!taken.some((other) => sameTime(part, other))) taken.push(part);
  return taken.sort((a, b) => a.firstMs - b.firstMs);
}

/** A container that ends and its successor may share a few scrapes. */
function sameTime(a: Part, b: Part): boolean {
  const sharedMs = Math.min(a.lastMs, b.lastMs) - Math.max(a.firstMs, b.firstMs);
  const shorterMs = Math.min(a.lastMs - a.firstMs, b.lastMs - b.firstMs);
  return sharedMs >= 0 && sharedMs * 2 >= shorterMs;
}

/** The rest of the comparison only sees to it that the order in which parts come does not matter. */
function byCoverage(a: Part, b: Part): number {
  return (
    b.coveredSeconds - a.coveredSeconds ||
    b.values.count - a.values.count ||
    a.firstMs - b.firstMs ||
    a.lastMs - b.lastMs ||
    b.values.max - a.values.max ||
    b.values.mean - a.values.mean ||
    b.values.min - a.values.min
  );
}

function sumOf(parts: readonly Part[]): SeriesDays["days"][number] {
  const [first] = parts;
  if (first === undefined) throw new Error("a day without a part");
  const { day, values } = first;
  return {
    day,
    values: parts.length === 1 ? values : merge(parts.map((part) => part.values)),
    coveredSeconds: Math.min(
      86_400,
      parts.reduce((sum, part) => sum + part.coveredSeconds, 0),
    ),
    firstMs: first.firstMs,
    lastMs: Math.max(...parts.map(({ lastMs }) => lastMs)),
  };
}
