import type { Reason } from "../domain/reason.ts";
import { splitField } from "../domain/resources.ts";
import type { WorkloadId } from "../domain/workload.ts";
import { type ClusterAccess, loadKubeconfig } from "../inventory/kubeconfig.ts";
import {
  API_LIMITS,
  type ApiLimits,
  type ApiResource,
  KubernetesApi,
  resourcePath,
} from "../inventory/kubernetes-api.ts";
import { KubernetesConnection } from "../inventory/kubernetes-connection.ts";
import type { NewSize } from "../trial/next-step.ts";
import type { KeptTrial, Resized, TrialCluster } from "../trial/trial-cluster.ts";
import type { TrialPod, TriedPod } from "../trial/trial-pod.ts";
import type { Trial } from "../trial/trial.ts";
import { KubernetesWriter, type Written } from "./kubernetes-writer.ts";
import { missingPermission } from "./missing-permission.ts";
import { readPod } from "./read-pod.ts";
import { readSituation } from "./read-situation.ts";
import { leaseOf, readLease, TRIAL_LABEL } from "./trial-lease.ts";

export interface TrialClusterOptions {
  readonly access: ClusterAccess;
  /** Where trials are kept. */
  readonly namespace: string;
  /** In Unix milliseconds. */
  readonly now: () => number;
  /** Told of what is kept there and can't be read. */
  readonly warn: (warning: string) => void;
}

const LEASES: ApiResource = { group: "coordination.k8s.io", version: "v1", plural: "leases" };
const PODS: ApiResource = { group: "", version: "v1", plural: "pods" };
const RESIZE: ApiResource = { ...PODS, plural: "pods/resize" };

/** What does not answer now is asked again in the next round; other pods wait meanwhile. */
const LIMITS: ApiLimits = { ...API_LIMITS, requestMs: 10_000, tries: 2, longestWaitMs: 5000 };

/** Rejects with `InputError` as `loadKubeconfig` and `KubernetesConnection.open` do. */
export async function openTrialCluster(options: TrialClusterOptions): Promise<TrialCluster> {
  const cost = { requests: 0, bytes: 0 };
  const connection = await KubernetesConnection.open(loadKubeconfig(options.access), LIMITS, cost);
  return new KubernetesTrialCluster(connection, options);
}

class KubernetesTrialCluster implements TrialCluster {
  readonly #api: KubernetesApi;
  readonly #writer: KubernetesWriter;
  readonly #namespace: string;
  readonly #leases: string;
  readonly #now: () => number;
  readonly #warn: (warning: string) => void;

  constructor(connection: KubernetesConnection, { namespace, now, warn }: TrialClusterOptions) {
    this.#api = new KubernetesApi(connection, LIMITS);
    this.#writer = new KubernetesWriter(connection);
    this.#namespace = namespace;
    this.#leases = resourcePath(LEASES, namespace);
    this.#now = now;
    this.#warn = warn;
  }

  situation(workload: WorkloadId) {
    return readSituation(this.#api, workload);
  }

  async pod(namespace: string, name: string): Promise<TriedPod | undefined> {
    const answer = await this.#api.get(PODS, namespace, name);
    if (answer.status === "forbidden") throw new Error(missingPermission("get", PODS, namespace));
    if (answer.status === "absent") return undefined;
    const pod = readPod(answer.value);
    if (!pod) throw new Error(`the pod ${namespace}/${name} can't be understood`);
    const others = await this.#api.list(PODS, { namespace }, (item) => {
      const other = readPod(item);
      const counts = other?.ready && !other.leaving && other.uid !== pod.uid;
      return counts && other.controller === pod.controller ? other.uid : undefined;
    });
    if (others.status !== "found") throw new Error(missingPermission("list", PODS, namespace));
    return { ...pod, othersReady: others.value.length };
  }

  async resize(
    namespace: string,
    pod: TrialPod,
    sizes: readonly NewSize[],
    dryRun = false,
  ): Promise<Resized> {
    const path = `${resourcePath(PODS, namespace)}/${encodeURIComponent(pod.name)}/resize`;
    const written = await this.#writer.patch(path, resizePatch(pod, sizes), dryRun);
    switch (written.status) {
      case "done":
        return { status: "done" };
      case "conflict":
        return { status: "changed" };
      case "absent":
        return { status: "gone" };
      case "forbidden":
        return { status: "refused", message: missingPermission("patch", RESIZE, namespace) };
      case "refused":
        return { status: "refused", message: written.message };
    }
  }

  async trials(): Promise<readonly KeptTrial[]> {
    const labelSelector = `${TRIAL_LABEL}=true`;
    const answer = await this.#api.list(LEASES, { namespace: this.#namespace, labelSelector }, (item) => {
      const kept = readLease(item);
      if (!kept) this.#warn("a Lease of a trial can't be read: what it keeps is not put back");
      return kept;
    });
    if (answer.status === "forbidden") throw new Error(missingPermission("list", LEASES, this.#namespace));
    return answer.status === "found" ? answer.value : [];
  }

  async claim(trial: Trial, holder: string, untilMs: number): Promise<"claimed" | "taken" | Reason> {
    const lease = leaseOf(trial, this.#namespace, { holder, untilMs, nowMs: this.#now() });
    const written = await this.#writer.create(this.#leases, lease);
    switch (written.status) {
      case "done":
        return "claimed";
      case "conflict":
        return "taken";
      case "absent":
        return { code: "no-namespace", message: `the cluster has no namespace ${this.#namespace}` };
      case "forbidden":
        return { code: "forbidden", message: missingPermission("create", LEASES, this.#namespace) };
      case "refused":
        return { code: "refused", message: written.message };
    }
  }

  async keep(kept: KeptTrial, trial: Trial, holder: string, untilMs: number): Promise<KeptTrial | undefined> {
    const lease = leaseOf(trial, this.#namespace, { holder, untilMs, nowMs: this.#now() }, kept);
    const written = await this.#writer.replace(`${this.#leases}/${kept.name}`, lease);
    if (written.status === "conflict" || written.status === "absent") return undefined;
    return readLease(this.#done(written, "update"));
  }

  async drop(kept: KeptTrial): Promise<void> {
    const path = `${this.#leases}/${kept.name}`;
    const holding = { holder: kept.holder, untilMs: this.#now(), nowMs: this.#now() };
    const released = leaseOf(kept.trial, this.#namespace, holding, kept, []);
    const written = await this.#writer.replace(path, released);
    if (written.status === "absent" || written.status === "conflict") return;
    this.#done(written, "update");
    const deleted = await this.#writer.delete(path, kept.uid);
    if (deleted.status !== "absent" && deleted.status !== "conflict") this.#done(deleted, "delete");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  #done(written: Written, verb: string): unknown {
    if (written.status === "done") return written.object;
    if (written.status === "forbidden") throw new Error(missingPermission(verb, LEASES, this.#namespace));
    throw new Error(`a Lease of a trial can't be written: ${written.status}`);
  }
}

/** Of this very state of the pod: between reading and writing nobody else may have changed it. */
function resizePatch({ uid, resourceVersion, containers }: TrialPod, sizes: readonly NewSize[]): object {
  const list = (key: string, ofInit: boolean): object => {
    const all = containers.filter(({ role }) => (role !== "main") === ofInit).map(({ name }) => name);
    const patched = all.flatMap((name) => {
      const size = sizes.find(({ container }) => container === name);
      return size ? [{ name, resources: resourcesOf(size) }] : [];
    });
    if (patched.length === 0) return {};
    // Without it, those that are named come before the others, which the API server refuses.
    return { [`$setElementOrder/${key}`]: all.map((name) => ({ name })), [key]: patched };
  };
  const spec = { ...list("containers", false), ...list("initContainers", true) };
  return { metadata: { uid, resourceVersion }, spec };
}

function resourcesOf({ amounts }: NewSize): object {
  const resources: Record<string, Record<string, string>> = {};
  for (const [field, amount] of amounts) {
    const [side, name] = splitField(field);
    resources[side] = { ...resources[side], [name]: amount };
  }
  return resources;
}
