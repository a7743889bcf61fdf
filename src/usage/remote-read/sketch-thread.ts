import type { UsageWindow } from "../usage-source.ts";
import { Worker } from "node:worker_threads";
import { AnswerOnItsWay, type SketchedAnswer } from "./answer-on-its-way.ts";
import type { Order, Report } from "./sketch-orders.ts";

/** As it is written, or as it is compiled. */
const WORKER = import.meta.url.endsWith(".ts")
  ? new URL("./sketch-worker.ts", import.meta.url)
  : new URL("./sketch-worker.js", import.meta.url);

/** A thread that sketches answers. It keeps the process alive only while it has one. */
export class SketchThread {
  readonly #worker = new Worker(WORKER, {
    // Flags of this process may not be fit for a file.
    execArgv: [],
    // It makes next to no garbage: the usual size takes 60 MB more, and no less time.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  readonly #answers = new Map<number, AnswerOnItsWay>();
  /** Where bytes were handed over in, for the next answers. */
  readonly #spare: Uint8Array<SharedArrayBuffer>[] = [];
  #opened = 0;
  #ended = false;

  constructor() {
    this.#worker.on("message", (report: Report) => this.#answers.get(report.answer)?.hear(report));
    this.#worker.on("error", ({ message }) => this.#end(`failed: ${message}`));
    this.#worker.on("exit", () => this.#end("has ended"));
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

  open(window: UsageWindow): SketchedAnswer {
    const answer = this.#opened++;
    const tell = (order: Order): void => this.#worker.postMessage(order, []);
    const way = new AnswerOnItsWay(answer, tell, this.#spare, () => {
      this.#answers.delete(answer);
      if (this.#answers.size === 0) this.#worker.unref();
    });
    this.#answers.set(answer, way);
    this.#worker.ref();
    tell({ kind: "open", answer, window });
    return way;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(why: string): void {
    this.#ended = true;
    // A new error, without a code that would be taken for one of the connection.
    const error = new Error(`a thread that sketches answers ${why}`);
    for (const answer of this.#answers.values()) answer.fail(error);
  }
}
