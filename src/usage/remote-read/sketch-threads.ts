import { DAY_MS } from "../usage.ts";
import type { UsageWindow } from "../usage-source.ts";
import { availableParallelism } from "node:os";
import type { SketchedAnswer } from "./answer-on-its-way.ts";
import { SketchThread } from "./sketch-thread.ts";

/** A core is left to what receives and advises; more than four threads are ahead of any network. */
const MOST_THREADS = Math.min(4, Math.max(1, availableParallelism() - 1));
/** Of fewer days one thread is done before advice on them is: another one would cost more than it does. */
const FEW_DAYS = 4;
/** Threads that have had nothing to do for so long are ended. */
const IDLE_MS = 2000;

/** Threads that sketch answers: started when they are needed, ended when they are not any more. */
export class SketchThreads {
  readonly #most: number;
  #threads: SketchThread[] = [];
  #end: NodeJS.Timeout | undefined;

  constructor(most = MOST_THREADS) {
    this.#most = most;
  }

  /** Hands an answer to the thread with the least to do, for as long as `use` takes. */
  async sketch<T>(window: UsageWindow, use: (answer: SketchedAnswer) => Promise<T>): Promise<T> {
    clearTimeout(this.#end);
    const few = window.endMs - window.startMs < FEW_DAYS * DAY_MS;
    const answer = this.#next(few ? 1 : this.#most).open(window);
    try {
      return await use(answer);
    } finally {
      answer.drop();
      if (this.#threads.every(({ busy }) => busy === 0))
        this.#end = setTimeout(() => this.#close(), IDLE_MS).unref();
    }
  }

  #next(most: number): SketchThread {
    this.#threads = this.#threads.filter(({ ended }) => !ended);
    const [idlest] = this.#threads.toSorted((a, b) => a.busy - b.busy);
    if (idlest !== undefined && (idlest.busy === 0 || this.#threads.length >= most)) return idlest;
    const thread = new SketchThread();
    this.#threads.push(thread);
    return thread;
  }

  #close(): void {
    for (const thread of this.#threads) void thread.close();
    this.#threads = [];
  }
}
