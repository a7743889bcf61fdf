import type { EndedPull, OpenPull } from "../../github/pulls.ts";
import type { MergedChange } from "./environment-turn.ts";

/** Loadline's merged pull requests of a repository, and which of them are taken back. */
export function mergedChanges(
  repository: string,
  closed: readonly EndedPull[],
  open: readonly OpenPull[],
): MergedChange[] {
  const reverts = [...open, ...closed.filter(({ mergedMs }) => mergedMs !== undefined)];
  return closed.flatMap(({ number, mergedMs, marker }) => {
    if (mergedMs === undefined || !marker || marker.reverts || marker.workloads.length === 0) return [];
    const undoneBy = reverts.find((one) => one.marker?.reverts?.number === number)?.number;
    return [
      {
        repository,
        name: `${repository}#${number}`,
        mergedMs,
        containers: new Set(marker.workloads),
        isCut: marker.cut ?? false,
        ...(undoneBy === undefined ? {} : { undoneBy: `${repository}#${undoneBy}` }),
      },
    ];
  });
}
