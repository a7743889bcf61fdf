import { merge, SketchBuilder } from "../../sketch.ts";
import { type ContainerDay, DAY_MS, dayOf, type ResourceDay } from "../../usage.ts";
import type { UsageStore } from "../../usage-store.ts";
import type { PodSample } from "./pod-metrics.ts";

/** What was polled of one container in one day and is not kept yet. */
interface Pending {
  readonly of: Pick<ContainerDay, "day" | "pod" | "container">;
  readonly samples: Sample[];
}

/** NaN where a resource was not told. */
interface Sample extends Pick<PodSample, "timeMs" | "windowMs"> {
  readonly cores: number;
  readonly bytes: number;
}

/** A longer pause between two samples is a gap. */
const GAP_MS = 300_000;

/** Some hours of a large cluster, should the store be out of order. */
const MOST_PENDING = 2_000_000;

/**
 * Days that grow while they are polled. Samples wait here, and every so often they are added to what the store
 * has of their days. A sample that is not newer than the last one kept is left out, so that nothing counts
 * twice after a crash, a restart, or with another poller on the same store.
 */
export class PolledDays {
  readonly #sourceKey: string;
  readonly #gapMs: number;
  readonly #builder = new SketchBuilder();
  /** By namespace, then by day, pod and container. */
  readonly #pending = new Map<string, Map<string, Pending>>();
  #count = 0;

  /** `everyMs` is how often is polled: three polls that fail make no gap. */
  constructor(sourceKey: string, everyMs: number) {
    this.#sourceKey = sourceKey;
    this.#gapMs = Math.max(GAP_MS, 4 * everyMs);
  }

  /** Throws where so much waits that the store must have been out of order for long; then it is given up. */
  add({ namespace, pod, timeMs, windowMs, containers }: PodSample): void {
    const pending = this.#pending.get(namespace) ?? new Map<string, Pending>();
    this.#pending.set(namespace, pending);
    for (const { name: container, cores = Number.NaN, bytes = Number.NaN } of containers) {
      const of = { day: dayOf(timeMs), pod, container };
      const known: Pending = pending.get(keyOf(of)) ?? { of, samples: [] };
      known.samples.push({ timeMs, windowMs, cores, bytes });
      pending.set(keyOf(of), known);
      this.#count += 1;
    }
    if (this.#count <= MOST_PENDING) return;
    this.#pending.clear();
    this.#count = 0;
    throw new Error(`${MOST_PENDING} samples could not be kept and are given up`);
  }

  /** Puts what waits into the store, namespace by namespace; what the store does not take goes on waiting. */
  async keepIn(store: UsageStore): Promise<void> {
    for (const [namespace, pending] of this.#pending) {
      const found = [...pending.values()];
      const days = [...new Set(found.map(({ of }) => of.day))];
      const kept = await store.load(this.#sourceKey, namespace, days);
      const grown = this.#grown([...kept.values()].flat(), found);
      await store.save(
        this.#sourceKey,
        namespace,
        Map.groupBy(grown, ({ day }) => day),
      );
      this.#pending.delete(namespace);
      for (const { samples } of found) this.#count -= samples.length;
    }
  }

  /** What was kept, with what was found since. */
  #grown(kept: readonly ContainerDay[], found: readonly Pending[]): ContainerDay[] {
    const days = new Map(kept.map((one) => [keyOf(one), one]));
    for (const { of, samples } of found) {
      const before: ContainerDay = days.get(keyOf(of)) ?? of;
      const cpu = this.#extended(before.cpu, samples, "cores");
      const memory = this.#extended(before.memory, samples, "bytes");
      days.set(keyOf(of), { ...before, ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) });
    }
    return [...days.values()];
  }

  /** A sample speaks for the time since the one before, after a gap for its own window. */
  #extended(
    kept: ResourceDay | undefined,
    samples: readonly Sample[],
    amount: "cores" | "bytes",
  ): ResourceDay | undefined {
    let lastMs = kept?.lastMs ?? Number.NEGATIVE_INFINITY;
    let firstMs = kept?.firstMs;
    let coveredMs = (kept?.coveredSeconds ?? 0) * 1000;
    for (const { timeMs, windowMs, [amount]: value } of samples) {
      if (timeMs <= lastMs || Number.isNaN(value)) continue;
      this.#builder.add(value);
      coveredMs += timeMs - lastMs <= this.#gapMs ? timeMs - lastMs : Math.min(windowMs, this.#gapMs);
      firstMs ??= timeMs;
      lastMs = timeMs;
    }
    if (firstMs === undefined || this.#builder.count === 0) return kept;
    const added = this.#builder.take();
    return {
      values: kept === undefined ? added : merge([kept.values, added]),
      coveredSeconds: Math.min(coveredMs, DAY_MS) / 1000,
      firstMs,
      lastMs,
    };
  }
}

/** No name holds a slash. */
function keyOf({ day, pod, container }: Pick<ContainerDay, "day" | "pod" | "container">): string {
  return `${day}/${pod}/${container}`;
}
