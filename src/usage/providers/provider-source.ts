import { z } from "zod";
import type { Window } from "../../domain/duration.ts";
import { InputError } from "../../domain/input-error.ts";
import { WORKLOAD_KINDS } from "../../domain/workload.ts";
import { implausible } from "../../metrics/plausible.ts";
import { LEAD_MS } from "../day-sketcher.ts";
import { SketchBuilder } from "../sketch.ts";
import type { NamespaceUsage, PodImage, PodOwner, SeriesDays, UsageSource } from "../usage-source.ts";
import { inTime } from "./in-time.ts";
import type { Provider } from "./provider.ts";
import { type MeasuredUse, seriesDays } from "./series-days.ts";

export interface ProviderLimits {
  /** For a namespace. */
  readonly readMs: number;
  /** Of a namespace; more are not honest. */
  readonly series: number;
  readonly samples: number;
}

export const PROVIDER_LIMITS: ProviderLimits = { readMs: 300_000, series: 200_000, samples: 100_000_000 };

/**
 * What a provider gives, checked and sketched as it comes. `name` stands in the report and in every fault.
 * Reading rejects with `InputError` where what comes is no usage, with `Error` where the provider throws or
 * takes too long.
 */
export function providerSource(
  provider: Provider,
  name: string,
  limits: ProviderLimits = PROVIDER_LIMITS,
): UsageSource {
  const cost = { requests: 0, bytes: 0 };
  return {
    protocol: name,
    cost,
    async read(namespace, window) {
      cost.requests += 1;
      const found = new Found(`${name}, namespace ${namespace}`, window, limits);
      const ask = (signal: AbortSignal) =>
        provider.series({ namespace, startMs: window.startMs - LEAD_MS, endMs: window.endMs, signal });
      try {
        for await (const series of inTime(ask, limits.readMs)) found.add(series);
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new Error(`${name}, namespace ${namespace}: ${wordsOf(error)}`, { cause: error });
      }
      cost.bytes += found.samples * 2 * Float64Array.BYTES_PER_ELEMENT;
      return found.usage();
    },
  };
}

const MOST_WORDS = 500;

/** What a fault says of itself, and of what caused it, on one line. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${text.split("\n", 1)[0]}${cause.split("\n", 1)[0]}`.slice(0, MOST_WORDS);
}

const podName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, "is no name of a pod or container");
/** Not an array of zod's, which takes ten times as long. */
const numbers = z.custom<readonly number[] | Float64Array>(
  (given) =>
    given instanceof Float64Array || (Array.isArray(given) && given.every((one) => typeof one === "number")),
  "is no array of numbers",
);
const UsageSeriesShape = z.object({
  resource: z.enum(["cpu", "memory"]),
  pod: podName,
  container: podName,
  kind: z.enum(["gauge", "counter"]),
  timesMs: numbers,
  values: numbers,
  owner: z.object({ kind: z.enum(WORKLOAD_KINDS), name: podName }).optional(),
  image: z.string().max(4096).optional(),
});

/** Later than that in seconds is the year 5138. */
const SECONDS_BELOW = 1e11;

/** What came of one namespace. */
class Found {
  samples = 0;
  readonly #where: string;
  readonly #window: Window;
  readonly #limits: ProviderLimits;
  readonly #builder = new SketchBuilder();
  readonly #series: SeriesDays[] = [];
  readonly #owners = new Map<string, PodOwner>();
  readonly #images = new Map<string, PodImage>();
  #came = 0;

  constructor(where: string, window: Window, limits: ProviderLimits) {
    this.#where = where;
    this.#window = window;
    this.#limits = limits;
  }

  add(given: unknown): void {
    if (++this.#came > this.#limits.series) throw this.#fault(`more than ${this.#limits.series} series`);
    const parsed = UsageSeriesShape.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw this.#fault(`series ${this.#came}: ${issue?.path.join(".") || "it"}: ${issue?.message}`);
    }
    const { pod, container, owner, image, resource, kind } = parsed.data;
    const measured = {
      resource,
      pod,
      container,
      kind,
      job: "",
      timesMs: Float64Array.from(parsed.data.timesMs),
      values: Float64Array.from(parsed.data.values),
    };
    this.samples += measured.timesMs.length;
    if (this.samples > this.#limits.samples) throw this.#fault(`more than ${this.#limits.samples} samples`);
    const wrong = faultOf(measured);
    if (wrong !== undefined) throw this.#fault(`${resource} of ${pod}/${container}: ${wrong}`);
    this.#series.push(...seriesDays(measured, this.#window, this.#builder));
    if (owner) this.#owners.set(pod, { pod, ...owner });
    if (image) this.#images.set(`${pod}/${container}`, { pod, container, image });
  }

  usage(): NamespaceUsage {
    return {
      series: this.#series,
      events: [],
      images: [...this.#images.values()],
      owners: [...this.#owners.values()],
    };
  }

  #fault(what: string): InputError {
    return new InputError(`${this.#where}: ${what}`);
  }
}

/** What no measuring gives, in words. */
function faultOf({ resource, kind, timesMs, values }: MeasuredUse): string | undefined {
  if (timesMs.length !== values.length) return `${timesMs.length} times, but ${values.length} values`;
  if (kind === "counter" && resource === "memory") return "a counter is of CPU seconds; memory is a gauge";
  for (const [index, timeMs] of timesMs.entries()) {
    if (!Number.isFinite(timeMs)) return `timesMs[${index}] is ${timeMs}`;
    if (Math.abs(timeMs) < SECONDS_BELOW)
      return `timesMs[${index}] is ${timeMs}: Unix milliseconds are wanted, this looks like seconds`;
    if (timeMs <= (timesMs[index - 1] ?? Number.NEGATIVE_INFINITY))
      return `timesMs[${index}] is not later than the one before`;
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const wrong = kind === "gauge" ? implausible(resource, value) : negative(value);
    if (wrong !== undefined) return `values[${index}] is ${value}, which ${wrong}`;
  }
  return undefined;
}

function negative(value: number): string | undefined {
  return value >= 0 && value < Number.POSITIVE_INFINITY ? undefined : "no counter shows";
}
