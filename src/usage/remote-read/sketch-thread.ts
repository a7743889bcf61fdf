import { Worker } from "node:worker_threads";
import type { Window } from "../../domain/duration.ts";
import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import { BrokenAnswer } from "../../metrics/remote-read/broken-answer.ts";
import type { SketchedSeries } from "./answer-sketcher.ts";
import { unpack } from "./packed-series.ts";
import type { Order, Report } from "./sketch-orders.ts";

/** As it is written, or as it is compiled. */
const WORKER = import.meta.url.endsWith(".ts")
  ? new URL("./sketch-worker.ts", import.meta.url)
  : new URL("./sketch-worker.js", import.meta.url);

/** Bytes that go to the thread at once; with a quarter of it, handing over costs three times as much. */
const BUFFER_BYTES = 2 ** 21;
/** So many may be on their way for one answer; then whoever writes waits. */
const BUFFERS = 3;

/** An answer on its way into a thread. */
export interface SketchedAnswer {
  /** Copies the bytes; waits where the thread lags behind. Rejects with {@link BrokenAnswer}. */
  write(bytes: Uint8Array): Promise<void>;
  /** The series of all that was written. Rejects with {@link BrokenAnswer}. */
  end(): Promise<SketchedSeries[]>;
  /** Forgets the answer, at its end or before. */
  drop(): void;
}

/** A thread that sketches answers. It keeps the process alive only while it has one. */
export class SketchThread {
  readonly #worker: Worker;
  readonly #answers = new Map<number, AnswerOnItsWay>();
  #opened = 0;
  #ended = false;

  constructor() {
    this.#worker = new Worker(WORKER);
    this.#worker.on("message", (report: Report) => this.#answers.get(report.answer)?.hear(report));
    this.#worker.on("error", (error) => this.#failAll(error));
    this.#worker.on("exit", () => {
      this.#ended = true;
      this.#failAll(new Error("a thread that sketches answers has ended"));
    });
    this.#worker.unref();
  }

  /** Answers that it is busy with. */
  get busy(): number {
    return this.#answers.size;
  }

  /** It was closed, or could not go on. */
  get ended(): boolean {
    return this.#ended;
  }

  open(window: Window): SketchedAnswer {
    const answer = this.#opened++;
    const way = new AnswerOnItsWay(answer, this.#worker, () => {
      this.#answers.delete(answer);
      if (this.#answers.size === 0) this.#worker.unref();
    });
    this.#answers.set(answer, way);
    this.#worker.ref();
    way.tell({ kind: "open", answer, window });
    return way;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #failAll(error: Error): void {
    for (const answer of this.#answers.values()) answer.fail(error);
  }
}

class AnswerOnItsWay implements SketchedAnswer {
  readonly #answer: number;
  readonly #worker: Worker;
  readonly #over: () => void;
  readonly #free: ArrayBuffer[] = [];
  #made = 0;
  #filling: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #series = Promise.withResolvers<SketchedSeries[]>();
  #moved = Promise.withResolvers<void>();
  #fault: Error | undefined;

  constructor(answer: number, worker: Worker, over: () => void) {
    this.#answer = answer;
    this.#worker = worker;
    this.#over = over;
    // Who waits for a buffer hears of a fault too, and may never ask for the series.
    this.#series.promise.catch(() => undefined);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      if (this.#fault !== undefined) throw this.#fault;
      this.#filling ??= this.#buffer();
      if (this.#filling === undefined) {
        await this.#moved.promise;
        continue;
      }
      const part = rest.subarray(0, BUFFER_BYTES - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === BUFFER_BYTES) this.#send();
    }
  }

  end(): Promise<SketchedSeries[]> {
    this.#send();
    this.tell({ kind: "end", answer: this.#answer });
    return this.#series.promise;
  }

  drop(): void {
    this.tell({ kind: "drop", answer: this.#answer });
    this.#over();
  }

  tell(order: Order): void {
    this.#worker.postMessage(order, order.kind === "bytes" ? [order.buffer] : []);
  }

  hear(report: Report): void {
    if (report.kind === "fault") this.fail(faultOf(report.name, report.message));
    else if (report.kind === "series") this.#series.resolve(unpack(report.packed));
    else {
      this.#free.push(report.buffer);
      this.#move();
    }
  }

  fail(error: Error): void {
    this.#fault = error;
    this.#series.reject(error);
    this.#move();
  }

  #move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  #buffer(): Uint8Array<ArrayBuffer> | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return new Uint8Array(free);
    return this.#made++ < BUFFERS ? new Uint8Array(BUFFER_BYTES) : undefined;
  }

  #send(): void {
    if (this.#filling === undefined) return;
    const { buffer } = this.#filling;
    this.tell({ kind: "bytes", answer: this.#answer, buffer, length: this.#filled });
    this.#filling = undefined;
    this.#filled = 0;
  }
}

/** An error loses its class on its way between threads. */
function faultOf(name: string, message: string): Error {
  if (name === "BrokenAnswer") return new BrokenAnswer(message);
  return name === "QueryLimitError" ? new QueryLimitError(message) : new Error(message);
}
