import { setTimeout as delay } from "node:timers/promises";
import { InputError } from "../../../domain/input-error.ts";
import { dayOf } from "../../usage.ts";
import type { UsageStore } from "../../usage-store.ts";
import { type PodSample, readPodMetrics } from "./pod-metrics.ts";
import { PolledDays } from "./polled-days.ts";

/** Asks the API server for `pods` of {@link POD_METRICS}, in all namespaces where none is given. */
export type ListPodMetrics = (
  namespace: string | undefined,
  take: (item: unknown) => PodSample | undefined,
) => Promise<
  | { readonly status: "found"; readonly value: readonly PodSample[] }
  | { readonly status: "forbidden" | "absent" }
>;

export const POD_METRICS = { group: "metrics.k8s.io", version: "v1beta1", plural: "pods" } as const;

export interface PollerSetup {
  readonly list: ListPodMetrics;
  /** Only these; all where it is empty. */
  readonly namespaces: readonly string[];
  /** Opened each time anew, since one that failed may be well again. */
  readonly openStore: () => Promise<UsageStore>;
  /** What is polled, as a key of the store; not the one under which what is read from here is kept. */
  readonly sourceKey: string;
  readonly everyMs: number;
  readonly now: () => number;
}

/** How often what was polled is put into the store: what a crash may cost. */
const KEEP_EVERY_MS = 300_000;

/** A sample from further off is of another clock, or of a metrics-server that has stopped. */
const MOST_OFF_MS = 600_000;

/** Asks metrics-server again and again, since it knows only of now, and keeps what it says in the store. */
export class MetricsServerPoller {
  readonly #setup: PollerSetup;
  readonly #days: PolledDays;
  #keptMs = Number.NEGATIVE_INFINITY;

  constructor(setup: PollerSetup) {
    this.#setup = setup;
    this.#days = new PolledDays(setup.sourceKey, setup.everyMs);
  }

  /**
   * Asks once and gives how many pods were seen. Rejects with `InputError` where there is no metrics-server or
   * it may not be asked, with `Error` where what it says is not of now.
   */
  async poll(): Promise<number> {
    const { namespaces, now } = this.#setup;
    let [seen, fresh] = [0, 0];
    for (const namespace of namespaces.length === 0 ? [undefined] : namespaces)
      for (const sample of await this.#ask(namespace)) {
        seen += 1;
        if (Math.abs(now() - sample.timeMs) > MOST_OFF_MS) continue;
        fresh += 1;
        this.#days.add(sample);
      }
    if (seen > 0 && fresh === 0)
      throw new Error("metrics-server tells of another time: it has stopped, or clocks differ by minutes");
    const keptMs = this.#keptMs;
    if (now() - keptMs >= KEEP_EVERY_MS || dayOf(now()) !== dayOf(keptMs)) await this.keep();
    return fresh;
  }

  /** Puts everything into the store. */
  async keep(): Promise<void> {
    await using store = await this.#setup.openStore();
    await this.#days.keepIn(store);
    this.#keptMs = this.#setup.now();
  }

  /**
   * Polls until the signal is aborted, and keeps what it has at the end. A fault is told, once as long as it
   * stays the same, and the next poll tries again.
   */
  async run(signal: AbortSignal, tell: (fault: string) => void): Promise<void> {
    const { everyMs, now } = this.#setup;
    let told = "";
    while (!signal.aborted) {
      const startedMs = now();
      const fault = await this.poll().then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (fault !== told && fault !== "") tell(fault);
      told = fault;
      const waitMs = Math.max(0, everyMs - (now() - startedMs));
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
    await this.keep();
  }

  async #ask(namespace: string | undefined): Promise<readonly PodSample[]> {
    const answer = await this.#setup.list(namespace, readPodMetrics);
    if (answer.status === "found") return answer.value;
    if (answer.status === "absent")
      throw new InputError(
        "the cluster does not serve metrics.k8s.io: install metrics-server, or name another source of usage",
      );
    const where = namespace === undefined ? "in every namespace" : `in namespace "${namespace}"`;
    throw new InputError(
      `Missing permission: verb "list" on resource "pods" in API group "metrics.k8s.io", ${where}. Grant it (docs/providers.md)`,
    );
  }
}
