import { setTimeout as delay } from "node:timers/promises";
import type { ApiResource, KubernetesApi, ListQuery } from "./kubernetes-api.ts";
import type { Take } from "./kubernetes-lists.ts";
import type { Notices } from "./kubernetes-notices.ts";
import { type Answer, Expired, TransientFault } from "./kubernetes-reply.ts";
import type { SharedApi } from "./kubernetes-shared-api.ts";
import { WatchView } from "./kubernetes-watch-view.ts";

export interface WatchLimits {
  /** For how long one request watches, by chance up to half as long again, so that not all begin anew at once. */
  readonly seconds: number;
  /**
   * What was missed while a watch was broken arrives at once, and without a pause, when it goes on: after so long, and a
   * pause, all is there. Where there never is one, after ten times as long.
   */
  readonly settleMs: number;
  /** So long a reader waits for a watch that is broken, before the list is read from the server. */
  readonly waitMs: number;
  /** The first wait after a fault; it doubles. */
  readonly backoffMs: number;
  readonly longestBackoffMs: number;
}

export const WATCH_LIMITS: WatchLimits = {
  seconds: 90,
  settleMs: 1000,
  waitMs: 10_000,
  backoffMs: 500,
  longestBackoffMs: 60_000,
};

/** Told what watches do. */
export interface WatchReport {
  /** `broken`: it goes on from the last version; `expired`: the list was read anew, since that is forgotten. */
  restarted(reason: "broken" | "expired"): void;
  /** Whether a list was read from what is held, or from the server. */
  wasRead(from: "watch" | "list"): void;
}

export interface WatchSetup {
  readonly shared: SharedApi;
  readonly limits: WatchLimits;
  readonly report: WatchReport;
  /** Aborted when nobody reads any more. */
  readonly signal: AbortSignal;
}

/** A pause between events. */
const PAUSE_MS = 100;

type Outcome = "ended" | "broken" | "expired" | "gone";

/** One list in one scope: read from the server the first time, and kept up to date by a watch from then on. */
export class WatchedScope<T> {
  readonly #resource: ApiResource;
  readonly #query: ListQuery;
  readonly #take: Take<T>;
  readonly #view: WatchView<T>;
  readonly #setup: WatchSetup;
  #begun: Promise<Answer<undefined>> | undefined;
  /** Resolved while nothing is known to be missing; `false` where nothing is watched any more. */
  #current = Promise.withResolvers<boolean>();
  #brokenMs: number | undefined;
  /** The server forgot the version that is held. */
  #expired = false;
  #mayWatch = true;
  /** How often a watch was well for a while. */
  #settled = 0;
  #isSettled = false;

  constructor(resource: ApiResource, query: ListQuery, take: Take<T>, setup: WatchSetup) {
    this.#resource = resource;
    this.#query = query;
    this.#take = take;
    this.#view = new WatchView(take);
    this.#setup = setup;
  }

  /** What is held where that is all there is now; else what the server lists. */
  async read(api: KubernetesApi, notices: Notices): Promise<Answer<readonly T[]>> {
    const { report, limits } = this.#setup;
    if (!this.#begun) {
      if (!this.#mayWatch) notices.forbidden("watch", this.#resource, this.#query.namespace);
      const answer = await (this.#begun = this.#begin(api));
      if (answer.status !== "found") return answer;
      report.wasRead("list");
      return this.#held(notices);
    }
    const begun = await this.#begun;
    if (begun.status === "found" && (await this.#isCurrent(limits.waitMs))) {
      report.wasRead("watch");
      return this.#held(notices);
    }
    report.wasRead("list");
    if (this.#brokenMs !== undefined) notices.watchBroken(this.#resource, performance.now() - this.#brokenMs);
    return await api.list(this.#resource, this.#query, (item) => this.#take(item, notices.note));
  }

  #held({ note }: Notices): Answer<readonly T[]> {
    return { status: "found", value: this.#view.items(note) };
  }

  async #isCurrent(waitMs: number): Promise<boolean> {
    return await Promise.race([this.#current.promise, delay(waitMs, false, { ref: false })]);
  }

  async #begin(api: KubernetesApi): Promise<Answer<undefined>> {
    let listed = false;
    try {
      const answer = await this.#list(api);
      listed = answer.status === "found";
      return answer;
    } finally {
      if (listed) void this.#follow();
      else this.#begun = undefined;
    }
  }

  async #list(api: KubernetesApi): Promise<Answer<undefined>> {
    const answer = await api.listWhole(this.#resource, this.#query, (item) => this.#view.hold(item));
    if (answer.status !== "found") return answer;
    this.#view.replace(answer.value);
    this.#expired = false;
    return { status: "found", value: undefined };
  }

  /** Until nobody reads any more, or it may not be watched: then the next reader begins anew. */
  async #follow(): Promise<void> {
    const { shared, limits, report, signal } = this.#setup;
    let faults = 0;
    let asksMs = 0;
    while (!signal.aborted) {
      const before = this.#settled;
      const outcome = await shared
        .use((api) => this.#attempt(api))
        .catch((error: unknown): Outcome => {
          asksMs = error instanceof TransientFault ? error.retryAfterMs : 0;
          return error instanceof Expired ? "expired" : "broken";
        });
      if (signal.aborted || outcome === "gone") break;
      this.#expired ||= outcome === "expired";
      if (outcome !== "ended") {
        this.#brokenMs ??= performance.now();
        report.restarted(outcome);
      }
      // One that ends at once, again and again, is not well.
      if (this.#settled > before) faults = 0;
      if (outcome !== "ended" || this.#settled === before) faults += 1;
      const waitMs = Math.max(asksMs, backoff(faults, limits));
      asksMs = 0;
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#begun = undefined;
    this.#current.resolve(false);
    this.#current = Promise.withResolvers();
  }

  async #attempt(api: KubernetesApi): Promise<Outcome> {
    const { limits, signal } = this.#setup;
    if (this.#expired && (await this.#list(api)).status !== "found") return "gone";
    const seconds = Math.ceil(limits.seconds * (1 + Math.random() / 2));
    const { resourceVersion } = this.#view;
    const answer = await api.watch(this.#resource, this.#query, resourceVersion, { seconds, signal });
    this.#mayWatch = answer.status !== "forbidden";
    if (answer.status !== "found") return "gone";
    const latestMs = performance.now() + 10 * limits.settleMs;
    let heardMs = 0;
    const settle = (): void => {
      const nowMs = performance.now();
      const catchesUp = this.#brokenMs !== undefined && nowMs - heardMs < PAUSE_MS && nowMs < latestMs;
      if (catchesUp) settling = setTimeout(settle, PAUSE_MS);
      else this.#settle();
    };
    let settling = setTimeout(settle, limits.settleMs);
    try {
      for await (const event of answer.value) {
        heardMs = performance.now();
        // What is no event is met like a version that is forgotten: by reading the list anew.
        if (!this.#view.apply(event)) return "expired";
      }
      return "ended";
    } finally {
      clearTimeout(settling);
      this.#unsettle();
    }
  }

  #settle(): void {
    this.#settled += 1;
    this.#brokenMs = undefined;
    this.#isSettled = true;
    this.#current.resolve(true);
  }

  /** Who waits already goes on waiting. */
  #unsettle(): void {
    if (this.#isSettled) this.#current = Promise.withResolvers();
    this.#isSettled = false;
  }
}

function backoff(faults: number, { backoffMs, longestBackoffMs }: WatchLimits): number {
  if (faults === 0) return 0;
  return Math.min(longestBackoffMs, backoffMs * 2 ** (faults - 1)) * (0.5 + Math.random() / 2);
}
