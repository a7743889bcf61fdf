import type { Followed } from "../../followup/moment.ts";
import type { Overview } from "../../github/overview.ts";
import type { OpenPull } from "../../github/pulls.ts";
import type { MergedChange } from "./environment-turn.ts";

/**
 * Loadline's merged pull requests of a repository, which of them are taken back, and how far they are. Of its overview
 * `closed` has them all, and `merged` only those that are to be followed still.
 */
export function mergedChanges(
  repository: string,
  { closed: ended, merged }: Pick<Overview, "closed" | "merged">,
  open: readonly OpenPull[],
  followed: readonly Followed[],
): MergedChange[] {
  const stateOf = new Map(
    followed.filter((one) => one.repository === repository).map(({ number, after }) => [number, after]),
  );
  const closed = ended.filter((one) => one.mergedMs === undefined);
  const standing = [...open, ...ended.filter((one) => one.mergedMs !== undefined)];
  return ended.flatMap(({ number, mergedMs, marker }) => {
    if (mergedMs === undefined || !marker || marker.reverts || marker.workloads.length === 0) return [];
    const takesBack = (one: Pick<OpenPull, "marker">): boolean => one.marker?.reverts?.number === number;
    const undoneBy = standing.find(takesBack)?.number;
    const state = stateOf.get(number);
    return [
      {
        repository,
        name: `${repository}#${number}`,
        mergedMs,
        containers: new Set(marker.workloads),
        isCut: marker.cut ?? false,
        isFollowed: merged.some((one) => one.number === number),
        isForgiven: closed.some(takesBack),
        ...(state ? { state } : {}),
        ...(marker.came ? { came: marker.came } : {}),
        ...(undoneBy === undefined ? {} : { undoneBy: `${repository}#${undoneBy}` }),
      },
    ];
  });
}
