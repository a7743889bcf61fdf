import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";
import { sketchOf } from "../../../src/usage/sketch.ts";
import type { ContainerDay, Day } from "../../../src/usage/usage.ts";

/** This file, which can be run. */
export const SAVE_IN_LOOP = import.meta.filename;

export const LOOP = { source: "loop", namespace: "shop", days: Array.from({ length: 40 }, (_, day) => day) };
const CONTAINERS = 4;

/** Days all of whose containers say which round they were saved in. */
export function daysOfRound(round: number): Map<Day, ContainerDay[]> {
  const values = sketchOf(Array.from({ length: 500 }, (_, minute) => 1 + minute / 500));
  return new Map(
    LOOP.days.map((day) => [
      day,
      Array.from({ length: CONTAINERS }, (_, pod) => ({
        day,
        pod: `api-${pod}`,
        container: "app",
        cpu: { values, coveredSeconds: round, firstMs: 0, lastMs: 1 },
      })),
    ]),
  );
}

/** The rounds that days speak of; one, where they were saved at once and whole. */
export function roundsOf(days: ReadonlyMap<Day, readonly ContainerDay[]>): number[] {
  const rounds = [...days.values()].flatMap((containers) =>
    containers.length === CONTAINERS ? containers.map(({ cpu }) => cpu?.coveredSeconds ?? -1) : [-1],
  );
  return [...new Set(rounds)];
}

/** A process of its own: saves round after round, so many, and tells each on a line. */
if (import.meta.main) {
  const [, , location = "", first = "0", rounds = "0"] = process.argv;
  await using store = await openUsageStore(location, (warning) => console.log(`warning: ${warning}`));
  for (let round = Number(first); round < Number(first) + Number(rounds); round++) {
    await store.save(LOOP.source, LOOP.namespace, daysOfRound(round));
    await store.save(LOOP.source, `own-${first}`, daysOfRound(round));
    console.log(`saved ${round}`);
  }
}
