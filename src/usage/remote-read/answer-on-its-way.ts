import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import { BrokenAnswer } from "../../metrics/remote-read/broken-answer.ts";
import type { SketchedSeries } from "./answer-sketcher.ts";
import { unpack } from "./packed-series.ts";
import type { Order, Report } from "./sketch-orders.ts";

/** Bytes that go to the thread at once. Fewer at once are more messages, each as dear as copying 100 KB. */
const BUFFER_BYTES = 2 ** 20;
/** So many may be in the thread's hands; then whoever writes waits. */
const BUFFERS = 4;

/** An answer that is read here and sketched in a thread. */
export interface SketchedAnswer {
  /** Copies the bytes; waits where the thread lags behind. Rejects with {@link BrokenAnswer}. */
  write(bytes: Uint8Array): Promise<void>;
  /** The series of all that was written. Rejects with {@link BrokenAnswer}. */
  end(): Promise<SketchedSeries[]>;
  /** Forgets the answer, at its end or before. */
  drop(): void;
}

/**
 * Hands an answer over to a thread in memory that both see, so that no buffer is made or moved for each part of
 * it. A buffer is the thread's from its order until it says that it is free, in the order in which they went.
 */
export class AnswerOnItsWay implements SketchedAnswer {
  readonly #answer: number;
  readonly #tell: (order: Order) => void;
  readonly #spare: Uint8Array<SharedArrayBuffer>[];
  readonly #over: () => void;
  readonly #sent: Uint8Array<SharedArrayBuffer>[] = [];
  readonly #series = Promise.withResolvers<SketchedSeries[]>();
  #moved = Promise.withResolvers<void>();
  #filling: Uint8Array<SharedArrayBuffer> | undefined;
  #filled = 0;
  #fault: Error | undefined;

  /** Takes buffers out of `spare`, and puts those that it is done with there. */
  constructor(
    answer: number,
    tell: (order: Order) => void,
    spare: Uint8Array<SharedArrayBuffer>[],
    over: () => void,
  ) {
    this.#answer = answer;
    this.#tell = tell;
    this.#spare = spare;
    this.#over = over;
    // Who waits for a buffer hears of a fault too, and then never asks for the series.
    this.#series.promise.catch(() => undefined);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      while (this.#fault === undefined && this.#sent.length === BUFFERS) await this.#moved.promise;
      if (this.#fault !== undefined) throw this.#fault;
      this.#filling ??= this.#spare.pop() ?? new Uint8Array(new SharedArrayBuffer(BUFFER_BYTES));
      const part = rest.subarray(0, BUFFER_BYTES - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === BUFFER_BYTES) this.#send();
    }
  }

  end(): Promise<SketchedSeries[]> {
    this.#send();
    this.#tell({ kind: "end", answer: this.#answer });
    return this.#series.promise;
  }

  drop(): void {
    this.#tell({ kind: "drop", answer: this.#answer });
    this.#over();
  }

  hear(report: Report): void {
    switch (report.kind) {
      case "free":
        this.#spare.push(...this.#sent.splice(0, 1));
        this.#move();
        break;
      case "series":
        this.#series.resolve(unpack(report.packed));
        break;
      case "fault":
        this.fail(faultOf(report.name, report.message));
        break;
    }
  }

  fail(error: Error): void {
    this.#fault = error;
    this.#series.reject(error);
    this.#move();
  }

  #send(): void {
    if (this.#filling === undefined) return;
    this.#sent.push(this.#filling);
    this.#tell({ kind: "bytes", answer: this.#answer, bytes: this.#filling.subarray(0, this.#filled) });
    this.#filling = undefined;
    this.#filled = 0;
  }

  #move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}

/** An error loses its class on its way between threads. */
function faultOf(name: string, message: string): Error {
  if (name === "BrokenAnswer") return new BrokenAnswer(message);
  return name === "QueryLimitError" ? new QueryLimitError(message) : new Error(message);
}
