import { createHash } from "node:crypto";
import { type ClusterAccess, loadKubeconfig } from "../../inventory/kubeconfig.ts";
import { API_LIMITS, KubernetesApi } from "../../inventory/kubernetes-api.ts";
import { type ListPodMetrics, POD_METRICS } from "../../usage/providers/metrics-server/poller.ts";

/** A pod's own token is good for an hour, and is renewed in its file. */
const RECONNECT_MS = 600_000;

/** Lists pods' metrics for as long as it takes: the connection is made anew every ten minutes, and after a fault. */
export class PodMetricsApi implements AsyncDisposable {
  readonly #access: ClusterAccess;
  readonly #cost = { requests: 0, bytes: 0 };
  #api: KubernetesApi | undefined;
  #sinceMs = 0;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  readonly list: ListPodMetrics = async (namespace, take) => {
    const api = await this.#connected();
    try {
      return await api.list(POD_METRICS, { namespace }, take);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const api = this.#api;
    this.#api = undefined;
    await api?.[Symbol.asyncDispose]();
  }

  async #connected(): Promise<KubernetesApi> {
    if (performance.now() - this.#sinceMs > RECONNECT_MS) await this[Symbol.asyncDispose]();
    if (this.#api === undefined) {
      this.#api = await KubernetesApi.connect(loadKubeconfig(this.#access), API_LIMITS, this.#cost);
      this.#sinceMs = performance.now();
    }
    return this.#api;
  }
}

/** Whose metrics these are, as a key of the store. Throws `InputError` as `loadKubeconfig` does. */
export function polledKey(access: ClusterAccess): string {
  const server = loadKubeconfig(access).getCurrentCluster()?.server ?? "";
  return `metrics-server ${createHash("sha256").update(server).digest("hex")}`;
}
