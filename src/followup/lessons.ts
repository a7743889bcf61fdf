import type { AfterMerge, Lesson, TooLittle } from "../domain/after-merge.ts";
import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { Marker } from "../proposals/marker.ts";
import { targetKey, targetsOf } from "./target.ts";

/** By cluster and workload, see {@link targetKey}. */
export type Lessons = ReadonlyMap<string, readonly Lesson[]>;

/** A pull request of Loadline's. */
export interface Pull {
  readonly number: number;
  readonly open: boolean;
  readonly mergedMs?: number;
  readonly marker: Marker;
}

/** What is learned from those that are open or merged; who closed one said that the cause was another. */
export function lessonsOf(reverts: readonly Pull[]): Lessons {
  const lessons = new Map<string, Lesson[]>();
  for (const { number, open, mergedMs, marker } of reverts) {
    const worse = marker.reverts?.worse;
    if (!worse || (!open && mergedMs === undefined)) continue;
    for (const target of targetsOf(marker)) {
      const key = targetKey(target);
      const tooLittle = new Map(
        Object.entries(worse.tooLittle ?? {}).flatMap(([name, amounts]) =>
          name.startsWith(`${key} `) ? [[name.slice(key.length + 1), amounts]] : [],
        ),
      );
      lessons.set(key, [...(lessons.get(key) ?? []), { number, atMs: Date.parse(worse.at), tooLittle }]);
    }
  }
  return lessons;
}

/** The merged pull request that is still watched, by target. */
export type UnderWatch = ReadonlyMap<string, number>;

/** What is not followed to its end yet, the newest winning; another change on top could not be told from it. */
export function underWatch(pulls: readonly Pull[]): UnderWatch {
  const merged = pulls.filter(({ mergedMs, marker }) => mergedMs !== undefined && !marker.followed);
  return new Map(
    merged
      .toSorted((a, b) => a.number - b.number)
      .flatMap(({ number, marker }) => targetsOf(marker).map((target) => [targetKey(target), number])),
  );
}

/** What counts of them today for a container. */
export interface Learned {
  /** Why nothing is proposed. */
  readonly resting?: Reason;
  readonly tooLittle: TooLittle;
}

export function learnedBy(
  nowMs: number,
  lessons: readonly Lesson[],
  container: string,
  { restSeconds, floorSeconds }: Pick<AfterMerge, "restSeconds" | "floorSeconds">,
): Learned {
  const newest = lessons.toSorted((a, b) => b.atMs - a.atMs)[0];
  const restsUntilMs = newest === undefined ? 0 : newest.atMs + restSeconds * 1000;
  const valid = lessons.filter(({ atMs }) => atMs + floorSeconds * 1000 > nowMs);
  const tooLittle = RESOURCE_FIELDS.flatMap((field) => {
    const [most] = valid
      .flatMap((lesson) => lesson.tooLittle.get(container)?.[field] ?? [])
      .sort((a, b) => baseUnits(b) - baseUnits(a));
    return most === undefined ? [] : [[field, most] as const];
  });
  return {
    tooLittle: Object.fromEntries(tooLittle),
    ...(newest !== undefined && restsUntilMs > nowMs
      ? {
          resting: {
            code: "resting",
            message: `#${newest.number} takes back what made it worse; it rests until ${new Date(restsUntilMs).toISOString().slice(0, 10)}`,
          },
        }
      : {}),
  };
}
