import { InputError } from "../domain/input-error.ts";
import { readLines } from "./read-lines.ts";
import type { Series } from "./series-source.ts";

/** A series as it was recorded. */
export interface RecordedSeries extends Series {
  readonly metric: string;
}

export interface Recorded {
  readonly series: readonly RecordedSeries[];
  /** Of text, unpacked. */
  readonly bytes: number;
}

/** 20 million samples are 320 MB in memory, a week of 1,000 containers once in five minutes five times over. */
const MAX_SAMPLES = 20_000_000;

/**
 * Reads OpenMetrics text in which every sample has its timestamp in seconds, packed with gzip where the name
 * ends in `.gz`: what `promtool tsdb create-blocks-from openmetrics` takes. A file has to end in `# EOF`, as
 * the format demands, so that one cut short is noticed. Exemplars and metadata are skipped. Rejects with
 * `InputError` that names file and line.
 */
export async function readOpenMetrics(file: string): Promise<Recorded> {
  const collector = new Collector(file);
  const bytes = await readLines(file, (line) => collector.take(line));
  return { series: collector.end(), bytes };
}

/** Later than that in seconds is the year 5138. */
const SECONDS_BELOW = 1e11;

interface Growing {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timesMs: number[];
  readonly values: number[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const SAMPLE = new RegExp(
  String.raw`^(${NAME}(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?) (\S+)(?: (\S+))?(?: # .*)?$`,
);
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

class Collector {
  readonly #file: string;
  readonly #series = new Map<string, Growing>();
  #line = 0;
  #samples = 0;
  #ended = false;

  constructor(file: string) {
    this.#file = file;
  }

  take(line: string): void {
    this.#line += 1;
    if (this.#ended) throw this.#error("something follows # EOF");
    if (line === "# EOF") this.#ended = true;
    else if (line !== "" && !line.startsWith("#")) this.#takeSample(line);
  }

  end(): RecordedSeries[] {
    if (!this.#ended) throw this.#error("the recording ends without # EOF: is it cut off?");
    return [...this.#series.values()].map(({ metric, labels, timesMs, values }) => ({
      metric,
      labels,
      timesMs: Float64Array.from(timesMs),
      values: Float64Array.from(values),
    }));
  }

  #takeSample(line: string): void {
    const [, head, value, seconds] = SAMPLE.exec(line) ?? [];
    if (head === undefined || value === undefined) throw this.#error("this is no OpenMetrics sample");
    if (seconds === undefined) throw this.#error("the sample has no timestamp (in seconds, after the value)");
    const timeMs = Math.round(Number(seconds) * 1000);
    const number = numberOf(value);
    if (number === undefined || !Number.isFinite(timeMs))
      throw this.#error("value or timestamp is no number");
    if (timeMs >= SECONDS_BELOW * 1000)
      throw this.#error(`timestamp ${seconds} is no number of seconds: are these milliseconds?`);
    if (++this.#samples > MAX_SAMPLES)
      throw this.#error(`more than ${MAX_SAMPLES} samples; record fewer series, or less often`);
    const series = this.#series.get(head) ?? this.#begin(head);
    if (timeMs <= (series.timesMs.at(-1) ?? -Infinity))
      throw this.#error("a sample is not newer than the one before it of the same series");
    series.timesMs.push(timeMs);
    series.values.push(number);
  }

  #begin(head: string): Growing {
    const brace = head.indexOf("{");
    const metric = brace < 0 ? head : head.slice(0, brace);
    const labels = brace < 0 ? {} : this.#labels(head.slice(brace + 1, -1));
    const series = { metric, labels, timesMs: [], values: [] };
    this.#series.set(head, series);
    return series;
  }

  #labels(text: string): Record<string, string> {
    const pairs: [string, string][] = [];
    LABEL.lastIndex = 0;
    while (LABEL.lastIndex < text.length) {
      const [, name, value] = LABEL.exec(text) ?? [];
      if (name === undefined || value === undefined) throw this.#error("the labels are malformed");
      pairs.push([name, value.replaceAll(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped))]);
    }
    return Object.fromEntries(pairs);
  }

  #error(what: string): InputError {
    return new InputError(`${this.#file}:${this.#line}: ${what}`);
  }
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?Inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^NaN$/i.test(text)) return Number.NaN;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}
