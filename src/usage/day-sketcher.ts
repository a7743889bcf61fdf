import { type Sketch, SketchBuilder } from "./sketch.ts";
import { DAY_MS, type Day, dayOf, type ResourceDay } from "./usage.ts";
import type { UsageWindow } from "./usage-source.ts";

export type SeriesKind = "counter" | "gauge";

export interface SketchedDay extends ResourceDay {
  readonly day: Day;
  readonly values: Sketch;
}

/** A gap is longer than four times what the two samples before it were apart, and than five minutes. */
const GAP_SCRAPES = 4;
const SHORTEST_GAP_MS = 300_000;
/** What they are taken to be apart at the most, and where there are no two: an hour is always a gap. */
const RARE_SCRAPE_MS = 900_000;

/**
 * How much before a day samples must be known so that it comes out as it does with all of them: a sample
 * matters to the next one for four rare scrapes, and the one before that sample only within one more.
 */
export const LEAD_MS = (GAP_SCRAPES + 1) * RARE_SCRAPE_MS;

/** What rises by less has a finite rate. */
const HUGE = 2 ** 1000;

const ALWAYS: UsageWindow = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/**
 * Turns the samples of one series, in the order of their times, into a sketch for each UTC day, or part of one: of a gauge's
 * values, of a counter's mean rate between two samples. A counter that falls was reset, and its new value
 * counts; what is stale, negative, no number or not newer than the sample before is left out; nothing is
 * spread over a gap. A day has values of the samples in it, so that two reads that meet at midnight make the
 * same days as one, if the later one begins {@link LEAD_MS} before.
 */
export class DaySketcher {
  readonly #kind: SeriesKind;
  readonly #builder: SketchBuilder;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #partMs: number;
  readonly #days: SketchedDay[] = [];
  #partEndMs = Number.NEGATIVE_INFINITY;
  #day = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastValue = Number.NaN;
  #intervalMs = RARE_SCRAPE_MS;
  #firstMs = 0;
  #lastOfPartMs = 0;
  #coveredMs = 0;

  /**
   * The builder may be shared by sketchers that are used one after the other. Samples before the window have no
   * value of their own; they are what a counter rose from.
   */
  constructor(kind: SeriesKind, builder = new SketchBuilder(), window: UsageWindow = ALWAYS) {
    this.#kind = kind;
    this.#builder = builder;
    this.#startMs = window.startMs;
    this.#endMs = window.endMs;
    this.#partMs = window.partMs ?? DAY_MS;
  }

  /** `count` samples from the front of the arrays. */
  add(timesMs: Float64Array, values: Float64Array, count: number): void {
    for (let at = 0; at < count; at++) {
      at = this.#addPlain(timesMs, values, at, count);
      if (at < count) this.#addOne(timesMs[at] ?? Number.NaN, values[at] ?? Number.NaN);
    }
  }

  /**
   * The samples from one on that need no care, as nearly all do: in the same part, after no gap, risen if they
   * count. Gives the first that does, or where the builder's room ended. Two weeks of a cluster are tens of
   * millions: what changes with each of them is kept in variables.
   */
  #addPlain(timesMs: Float64Array, values: Float64Array, from: number, count: number): number {
    const { waiting } = this.#builder;
    const counter = this.#kind === "counter";
    const endMs = Math.min(this.#partEndMs, this.#endMs);
    const end = Math.min(count, from + waiting.length);
    let [lastMs, lastValue, elapsedMs] = [this.#lastMs, this.#lastValue, 0];
    let at = from;
    for (; at < end; at++) {
      const timeMs = timesMs[at] ?? Number.NaN;
      const value = values[at] ?? Number.NaN;
      const sinceMs = timeMs - lastMs;
      // Negated, so that NaN needs care too.
      if (!(sinceMs > 0 && sinceMs <= SHORTEST_GAP_MS && timeMs < endMs)) break;
      if (!(value >= (counter ? lastValue : 0) && value < HUGE)) break;
      waiting[at - from] = counter ? ((value - lastValue) / sinceMs) * 1000 : value;
      elapsedMs = sinceMs;
      lastMs = timeMs;
      lastValue = value;
    }
    if (at === from) return at;
    if (this.#builder.count === 0) this.#firstMs = timesMs[from] ?? Number.NaN;
    this.#builder.fill(at - from);
    this.#coveredMs += lastMs - this.#lastMs;
    this.#intervalMs = elapsedMs;
    this.#lastMs = this.#lastOfPartMs = lastMs;
    this.#lastValue = lastValue;
    return at;
  }

  #addOne(timeMs: number, value: number): void {
    const elapsedMs = timeMs - this.#lastMs;
    // Negated, so that NaN is left out too.
    if (!(elapsedMs > 0) || !(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    const whole = elapsedMs <= SHORTEST_GAP_MS || elapsedMs <= GAP_SCRAPES * this.#intervalMs;
    const before = this.#lastValue;
    this.#intervalMs = Math.min(elapsedMs, RARE_SCRAPE_MS);
    this.#lastMs = timeMs;
    this.#lastValue = value;
    if (timeMs < this.#startMs || timeMs >= this.#endMs) return;
    if (timeMs >= this.#partEndMs) this.#turnPart(timeMs);
    const counter = this.#kind === "counter";
    if (counter && !whole) return;
    const increase = value >= before ? value - before : value;
    const own = counter ? (increase / elapsedMs) * 1000 : value;
    if (own === Number.POSITIVE_INFINITY) return;
    if (this.#builder.count === 0) this.#firstMs = timeMs;
    this.#builder.add(own);
    this.#lastOfPartMs = timeMs;
    if (whole) this.#coveredMs += elapsedMs;
  }

  /** All days with values; the sketcher is at its end. */
  finish(): SketchedDay[] {
    this.#closePart();
    return this.#days;
  }

  #turnPart(timeMs: number): void {
    this.#closePart();
    this.#day = dayOf(timeMs);
    this.#partEndMs = (Math.floor(timeMs / this.#partMs) + 1) * this.#partMs;
  }

  #closePart(): void {
    if (this.#builder.count > 0)
      this.#days.push({
        day: this.#day,
        values: this.#builder.take(),
        coveredSeconds: Math.min(this.#coveredMs, DAY_MS) / 1000,
        firstMs: this.#firstMs,
        lastMs: this.#lastOfPartMs,
      });
    this.#coveredMs = 0;
  }
}
