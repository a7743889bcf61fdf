import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import { seriesIn } from "../../metrics/remote-read/chunked-series.ts";
import { FrameReader } from "../../metrics/remote-read/frame-reader.ts";
import { XorChunkDecoder } from "../../metrics/remote-read/xor-chunk.ts";
import { CONTAINER_METRICS } from "../container-metrics.ts";
import { DaySketcher, type SketchedDay } from "../day-sketcher.ts";
import { SketchBuilder } from "../sketch.ts";
import type { SeriesDays, UsageWindow } from "../usage-source.ts";

/** The days of one series; `labels` tell it from all others. */
export interface SketchedSeries extends SeriesDays {
  readonly labels: string;
  readonly days: readonly SketchedDay[];
}

/** What one answer makes must not grow without bound; these are two weeks of ten thousand containers. */
const MOST_DAYS = 400_000;

/**
 * Turns the body of a remote read into the days of its series while it comes in. Series of other metrics than
 * {@link CONTAINER_METRICS} are left out.
 */
export class AnswerSketcher {
  readonly #frames = new FrameReader((message) => this.#take(message));
  readonly #builder = new SketchBuilder();
  readonly #decoder: XorChunkDecoder;
  readonly #window: UsageWindow;
  readonly #done: SketchedSeries[] = [];
  #days = 0;
  #current: { readonly series: Omit<SketchedSeries, "days">; readonly sketcher: DaySketcher } | undefined;

  /** The decoder may serve several. Samples before the window are what its first ones rose from. */
  constructor(window: UsageWindow, decoder = new XorChunkDecoder()) {
    this.#window = window;
    this.#decoder = decoder;
  }

  /** The next bytes, cut anywhere. Throws `BrokenAnswer`, and `QueryLimitError` where it is too much. */
  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /** The series with values in the window. Throws `BrokenAnswer` where something is missing. */
  finish(): SketchedSeries[] {
    this.#frames.end();
    this.#close();
    return this.#done;
  }

  #take(message: Uint8Array): void {
    for (const { labels, chunks } of seriesIn(message)) {
      const metric = CONTAINER_METRICS.get(labels["__name__"] ?? "");
      if (metric === undefined) continue;
      const text = JSON.stringify(labels);
      // A long series goes on in the next message.
      if (this.#current?.series.labels !== text) {
        this.#close();
        const { pod = "", container = "", job = "" } = labels;
        this.#current = {
          series: { labels: text, resource: metric.resource, pod, container, job },
          sketcher: new DaySketcher(metric.kind, this.#builder, this.#window),
        };
      }
      const { sketcher } = this.#current;
      const { timesMs, values } = this.#decoder;
      for (let at = 0; at < chunks.length; at += 2)
        sketcher.add(timesMs, values, this.#decoder.decode(message, chunks[at], chunks[at + 1]));
    }
  }

  #close(): void {
    if (this.#current === undefined) return;
    const { series, sketcher } = this.#current;
    const days = sketcher.finish();
    this.#current = undefined;
    if (days.length === 0) return;
    this.#done.push({ ...series, days });
    this.#days += days.length;
    if (this.#days > MOST_DAYS)
      throw new QueryLimitError(`a remote read gives more than ${MOST_DAYS} days of containers at once`);
  }
}
