import type { Window } from "../../domain/duration.ts";
import { BrokenAnswer } from "../../metrics/remote-read/broken-answer.ts";
import { seriesIn } from "../../metrics/remote-read/chunked-series.ts";
import { FrameReader } from "../../metrics/remote-read/frame-reader.ts";
import { XorChunkDecoder } from "../../metrics/remote-read/xor-chunk.ts";
import { DaySketcher, type SketchedDay } from "../day-sketcher.ts";
import { SketchBuilder } from "../sketch.ts";
import type { SeriesDays } from "../usage-source.ts";
import { USAGE_METRICS } from "./usage-metrics.ts";

/** The days of one series; `labels` tell it from all others. */
export interface SketchedSeries extends SeriesDays {
  readonly labels: string;
  readonly days: readonly SketchedDay[];
}

/** Each may have a sketch a day: what an answer makes must not grow without bound. */
const MOST_SERIES = 100_000;

/**
 * Turns the body of a remote read into the days of its series while it comes in. Series of other metrics than
 * {@link USAGE_METRICS} are left out.
 */
export class AnswerSketcher {
  readonly #frames = new FrameReader((message) => this.#take(message));
  readonly #builder = new SketchBuilder();
  readonly #decoder: XorChunkDecoder;
  readonly #window: Window;
  readonly #done: SketchedSeries[] = [];
  #current: { readonly series: Omit<SketchedSeries, "days">; readonly sketcher: DaySketcher } | undefined;

  /** The decoder may serve several. Samples before the window are what its first ones rose from. */
  constructor(window: Window, decoder = new XorChunkDecoder()) {
    this.#window = window;
    this.#decoder = decoder;
  }

  /** The next bytes, cut anywhere. Throws {@link BrokenAnswer}. */
  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /** The series with values in the window. Throws {@link BrokenAnswer} where something is missing. */
  finish(): SketchedSeries[] {
    this.#frames.end();
    this.#close();
    return this.#done;
  }

  #take(message: Uint8Array): void {
    for (const { labels, chunks } of seriesIn(message)) {
      const metric = USAGE_METRICS.find(({ name }) => name === labels["__name__"]);
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
    if (days.length > 0 && this.#done.push({ ...series, days }) > MOST_SERIES)
      throw new BrokenAnswer(`it has more than ${MOST_SERIES} series`);
    this.#current = undefined;
  }
}
