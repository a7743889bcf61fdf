import type { ResourceName } from "../../../src/domain/resources.ts";
import { sketchOf } from "../../../src/usage/sketch.ts";
import { type ContainerDay, DAY_MS, type ResourceDay } from "../../../src/usage/usage.ts";
import { SAMPLES_A_DAY, type Series, STEP_SECONDS } from "../strategies/adaptive/families.ts";

/** What a container uses; as many samples of CPU as of memory. */
export type Use = Readonly<Record<ResourceName, Series>>;

export const WINDOW_DAYS = 14;
const FEWEST_DAYS = 2;
/** Samples between two scrapes, where those are rare: ten minutes to three hours. */
const RARE = [2, 3, 4, 5, 12, 24, 36];

/**
 * What is known of a use before a sample: of some containers all of the window; others began later, were scraped
 * rarely, lost days, or had a release, which may have changed how much they use.
 */
export function daysUntil(end: number, use: Use, draw: () => number): ContainerDay[] {
  const history = WINDOW_DAYS - (draw() < 0.6 ? 0 : (WINDOW_DAYS - FEWEST_DAYS) * draw());
  const every = draw() < 0.6 ? 1 : (RARE[Math.floor(draw() * RARE.length)] ?? 1);
  const lost = draw() < 0.75 ? 0 : 0.6 * draw();
  const today = Math.floor((end - 1) / SAMPLES_A_DAY);
  const released = draw() < 0.75 ? 0 : today - Math.floor(draw() * WINDOW_DAYS);
  const before = draw() < 0.5 ? 1 : 0.6 + draw();
  const start = Math.max(0, end - Math.round(history * SAMPLES_A_DAY));
  return Array.from({ length: today + 1 }, (_, day) => day).flatMap((day): ContainerDay[] => {
    const [from, to] = [Math.max(start, day * SAMPLES_A_DAY), Math.min(end, (day + 1) * SAMPLES_A_DAY)];
    const isLost = draw() < lost && day < today;
    if (to - from < every || isLost) return [];
    const scraped = ({ values }: Series): ResourceDay => ({
      values: sketchOf(
        values
          .subarray(from, to)
          .filter((_, index) => index % every === 0)
          .map((value) => (day < released ? value * before : value)),
      ),
      coveredSeconds: (to - from) * STEP_SECONDS,
      firstMs: day * DAY_MS + (from % SAMPLES_A_DAY) * STEP_SECONDS * 1000,
      lastMs: day * DAY_MS + (((to - 1) % SAMPLES_A_DAY) + 1) * STEP_SECONDS * 1000,
    });
    const image = day < released ? "app:1" : "app:2";
    return [{ day, pod: "app", container: "app", image, cpu: scraped(use.cpu), memory: scraped(use.memory) }];
  });
}
