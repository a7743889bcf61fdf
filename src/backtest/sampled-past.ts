import type { ResourceName } from "../domain/resources.ts";
import { DaySketcher } from "../usage/day-sketcher.ts";
import { type Distribution, exactDistribution, greatest, least } from "../usage/distribution.ts";
import { SketchBuilder } from "../usage/sketch.ts";
import { type ContainerDay, type ContainerUsage, DAY_MS, dayOf } from "../usage/usage.ts";
import { bandOf, type Past, type UseBand } from "./past.ts";
import { between, type PodSeries, type UseSeries } from "./series.ts";

const HOUR_MS = 3_600_000;
/** More could not be told apart in a picture. */
const MOST_BANDS = 800;

/** A past of which every sample is known: it can be cut at any time, and strategies see each value. */
export class SampledPast implements Past {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
  readonly #pods: readonly PodSeries[];
  readonly #resource: ResourceName;
  readonly #wholeDays = new Map<string, ContainerDay | undefined>();
  readonly #builder = new SketchBuilder();

  constructor({ name, pods }: UseSeries, resource: ResourceName) {
    this.name = name;
    this.firstMs = least(pods.map(({ timesMs }) => timesMs[0] ?? Number.POSITIVE_INFINITY));
    this.lastMs = greatest(pods.map(({ timesMs }) => timesMs.at(-1) ?? Number.NEGATIVE_INFINITY));
    this.samples = pods.reduce((sum, { values }) => sum + values.length, 0);
    this.#pods = pods;
    this.#resource = resource;
  }

  usage(startMs: number, endMs: number): ContainerUsage {
    const days: ContainerDay[] = [];
    for (const pod of this.#pods) {
      const { timesMs } = between(pod, startMs, endMs);
      const [firstMs, lastMs] = [timesMs[0], timesMs.at(-1)];
      if (firstMs === undefined || lastMs === undefined) continue;
      for (let day = dayOf(firstMs); day <= dayOf(lastMs); day++)
        days.push(...this.#day(pod, day, startMs, endMs));
    }
    return { container: this.name, days: days.sort((a, b) => a.day - b.day) };
  }

  used(startMs: number, endMs: number): Distribution[] {
    return this.#pods.map((pod) => exactDistribution(between(pod, startMs, endMs).values));
  }

  bands(): UseBand[] {
    const widthMs = Math.max(1, Math.ceil((this.lastMs - this.firstMs) / HOUR_MS / MOST_BANDS)) * HOUR_MS;
    const bands: UseBand[] = [];
    for (let at = Math.floor(this.firstMs / widthMs) * widthMs; at <= this.lastMs; at += widthMs) {
      const used = exactDistribution(this.#pods.flatMap((pod) => [...between(pod, at, at + widthMs).values]));
      if (used.count > 0) bands.push(bandOf(at, at + widthMs, used));
    }
    return bands;
  }

  /** One day of a pod, cut where the window begins and ends; none where there are no samples. */
  #day(pod: PodSeries, day: number, startMs: number, endMs: number): ContainerDay[] {
    const [from, to] = [Math.max(startMs, day * DAY_MS), Math.min(endMs, (day + 1) * DAY_MS)];
    const whole = to - from === DAY_MS;
    const key = `${day}/${pod.pod}`;
    const made =
      whole && this.#wholeDays.has(key) ? this.#wholeDays.get(key) : this.#cut(between(pod, from, to));
    if (whole) this.#wholeDays.set(key, made);
    return made ? [made] : [];
  }

  #cut({ pod, timesMs, values }: PodSeries): ContainerDay | undefined {
    const sketcher = new DaySketcher("gauge", this.#builder);
    sketcher.add(timesMs, values, timesMs.length);
    const [sketched] = sketcher.finish();
    if (!sketched) return undefined;
    const { day, ...known } = sketched;
    const exact = { ...known, values: exactDistribution(values), samples: { timesMs, values } };
    return { day, pod, container: this.name, [this.#resource]: exact };
  }
}
