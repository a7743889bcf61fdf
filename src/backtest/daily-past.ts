import type { ResourceName } from "../domain/resources.ts";
import { type Distribution, greatest, least } from "../usage/distribution.ts";
import { merge } from "../usage/sketch.ts";
import { type ContainerUsage, DAY_MS, type PodDay, resourceDays } from "../usage/usage.ts";
import { bandOf, type Past, type UseBand } from "./past.ts";

/** A past of which whole UTC days are known, as they are kept: it can be cut between them only. */
export class DailyPast implements Past {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
  readonly #usage: ContainerUsage;
  readonly #days: readonly PodDay[];

  /** Begins at a midnight, so that decisions are made at midnights. */
  constructor(name: string, usage: ContainerUsage, resource: ResourceName) {
    this.name = name;
    this.#usage = usage;
    this.#days = resourceDays(usage, resource);
    this.firstMs = least(this.#days.map(({ day }) => day * DAY_MS));
    this.lastMs = greatest(this.#days.map(({ lastMs }) => lastMs));
    this.samples = this.#days.reduce((sum, { values }) => sum + values.count, 0);
  }

  usage(startMs: number, endMs: number): ContainerUsage {
    return { ...this.#usage, days: this.#usage.days.filter(within(startMs, endMs)) };
  }

  used(startMs: number, endMs: number): Distribution[] {
    return this.#days.filter(within(startMs, endMs)).map(({ values }) => values);
  }

  bands(): UseBand[] {
    const days = Map.groupBy(this.#days, ({ day }) => day);
    return [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, pods]) =>
        bandOf(day * DAY_MS, (day + 1) * DAY_MS, merge(pods.map(({ values }) => values))),
      );
  }
}

function within(startMs: number, endMs: number): (of: { readonly day: number }) => boolean {
  return ({ day }) => day * DAY_MS >= startMs && (day + 1) * DAY_MS <= endMs;
}
