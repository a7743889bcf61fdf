import { type ClusterAccess, loadKubeconfig } from "./kubeconfig.ts";
import { type ApiLimits, KubernetesApi } from "./kubernetes-api.ts";
import type { ApiCost } from "./kubernetes-connection.ts";

/** A pod's own token is good for an hour, and is renewed in its file. */
const RECONNECT_MS = 600_000;

interface Connected {
  readonly api: Promise<KubernetesApi>;
  readonly sinceMs: number;
  users: number;
}

/**
 * One connection for many that ask for long: made anew every ten minutes and after a fault, for those who come then;
 * who still uses the old one keeps it until done.
 */
export class SharedApi implements AsyncDisposable {
  readonly #access: ClusterAccess;
  readonly #limits: ApiLimits;
  readonly #cost: ApiCost;
  #newest: Connected | undefined;

  constructor(access: ClusterAccess, limits: ApiLimits, cost: ApiCost) {
    this.#access = access;
    this.#limits = limits;
    this.#cost = cost;
  }

  /** Rejects as {@link KubernetesApi.connect}, and as the work does. */
  async use<T>(work: (api: KubernetesApi) => Promise<T>): Promise<T> {
    const connected = this.#connected();
    connected.users += 1;
    try {
      return await work(await connected.api);
    } catch (error) {
      if (this.#newest === connected) this.#newest = undefined;
      throw error;
    } finally {
      connected.users -= 1;
      if (connected.users === 0 && this.#newest !== connected) await close(connected);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest) await close(newest);
  }

  #connected(): Connected {
    const nowMs = performance.now();
    const known = this.#newest;
    if (known && nowMs - known.sinceMs < RECONNECT_MS) return known;
    if (known?.users === 0) void close(known);
    this.#newest = { api: this.#connect(), sinceMs: nowMs, users: 0 };
    return this.#newest;
  }

  async #connect(): Promise<KubernetesApi> {
    return await KubernetesApi.connect(loadKubeconfig(this.#access), this.#limits, this.#cost);
  }
}

async function close({ api }: Connected): Promise<void> {
  const opened = await api.catch(() => undefined);
  await opened?.[Symbol.asyncDispose]();
}
