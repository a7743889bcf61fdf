import { createHash } from "node:crypto";
import { type ClusterAccess, loadKubeconfig } from "../../inventory/kubeconfig.ts";
import { API_LIMITS, KubernetesApi } from "../../inventory/kubernetes-api.ts";
import { TransientFault } from "../../inventory/kubernetes-reply.ts";
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
      const answer = await api.list(POD_METRICS, { namespace }, take);
      // The server refuses before it looks whether there is such a resource.
      const absent = answer.status === "forbidden" && !(await api.serves(POD_METRICS));
      return absent ? { status: "absent" } : answer;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      if (!(error instanceof TransientFault && error.status === 503)) throw error;
      throw new Error(
        `${error.message}: metrics-server is down, or has just started; see kubectl get apiservice v1beta1.metrics.k8s.io`,
        { cause: error },
      );
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
