import type { Reason } from "../domain/reason.ts";
import { splitField } from "../domain/resources.ts";
import type { WorkloadId } from "../domain/workload.ts";
import { type ClusterAccess, loadKubeconfig } from "../inventory/kubeconfig.ts";
import { API_LIMITS, type ApiResource, KubernetesApi, resourcePath } from "../inventory/kubernetes-api.ts";
import { KubernetesConnection } from "../inventory/kubernetes-connection.ts";
import type { NewSize } from "../trial/next-step.ts";
import type { KeptTrial, Resized, TrialCluster } from "../trial/trial-cluster.ts";
import type { TrialPod, TriedPod } from "../trial/trial-pod.ts";
import type { Trial } from "../trial/trial.ts";
import { KubernetesWriter, type Written } from "./kubernetes-writer.ts";
import { readPod } from "./read-pod.ts";
import { readSituation } from "./read-situation.ts";
import { type LeasedTrial, leaseOf, readLease, TRIAL_LABEL } from "./trial-lease.ts";

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

/** Rejects with `InputError` as `loadKubeconfig` and `KubernetesConnection.open` do. */
export async function openTrialCluster(options: TrialClusterOptions): Promise<TrialCluster> {
  const cost = { requests: 0, bytes: 0 };
  const connection = await KubernetesConnection.open(loadKubeconfig(options.access), API_LIMITS, cost);
  return new KubernetesTrialCluster(connection, options);
}

class KubernetesTrialCluster implements TrialCluster {
  readonly #api: KubernetesApi;
  readonly #writer: KubernetesWriter;
  readonly #namespace: string;
  readonly #leases: string;
  readonly #now: () => number;
  readonly #warn: (warning: string) => void;
  /** As they were read the last time, by their names. */
  readonly #leased = new Map<string, LeasedTrial>();

  constructor(connection: KubernetesConnection, { namespace, now, warn }: TrialClusterOptions) {
    this.#api = new KubernetesApi(connection);
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
    if (answer.status === "forbidden") throw new Error(missing("get", "pods", namespace));
    if (answer.status === "absent") return undefined;
    const pod = readPod(answer.value);
    if (!pod) throw new Error(`the pod ${namespace}/${name} can't be understood`);
    const others = await this.#api.list(PODS, { namespace }, (item) => {
      const other = readPod(item);
      const counts = other?.ready && !other.leaving && other.uid !== pod.uid;
      return counts && other.controller === pod.controller ? other.uid : undefined;
    });
    if (others.status !== "found") throw new Error(missing("list", "pods", namespace));
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
        return { status: "refused", message: missing("patch", "pods/resize", namespace) };
      case "refused":
        return { status: "refused", message: written.message };
    }
  }

  async trials(): Promise<readonly KeptTrial[]> {
    const labelSelector = `${TRIAL_LABEL}=true`;
    const answer = await this.#api.list(LEASES, { namespace: this.#namespace, labelSelector }, (item) => {
      const leased = readLease(item);
      if (!leased) this.#warn("a Lease of a trial can't be read: what it keeps is not put back");
      return leased;
    });
    if (answer.status === "forbidden") throw new Error(missing("list", "leases", this.#namespace));
    const found = answer.status === "found" ? answer.value : [];
    for (const leased of found) this.#leased.set(leased.name, leased);
    return found;
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
        return { code: "forbidden", message: missing("create", "leases", this.#namespace) };
      case "refused":
        return { code: "refused", message: written.message };
    }
  }

  async keep(kept: KeptTrial, trial: Trial, holder: string, untilMs: number): Promise<KeptTrial | undefined> {
    const leased = this.#known(kept);
    if (!leased) return undefined;
    const lease = leaseOf(trial, this.#namespace, { holder, untilMs, nowMs: this.#now() }, leased);
    const written = await this.#writer.replace(`${this.#leases}/${kept.name}`, lease);
    if (written.status === "conflict" || written.status === "absent") return undefined;
    const now = readLease(this.#done(written, "update"));
    if (now) this.#leased.set(now.name, now);
    return now;
  }

  async drop(kept: KeptTrial): Promise<void> {
    const leased = this.#known(kept);
    if (!leased) return;
    const path = `${this.#leases}/${kept.name}`;
    const holding = { holder: kept.holder, untilMs: this.#now(), nowMs: this.#now() };
    const released = leaseOf(kept.trial, this.#namespace, holding, leased, []);
    const written = await this.#writer.replace(path, released);
    if (written.status === "absent" || written.status === "conflict") return;
    this.#done(written, "update");
    const deleted = await this.#writer.delete(path, leased.uid);
    if (deleted.status !== "absent" && deleted.status !== "conflict") this.#done(deleted, "delete");
    this.#leased.delete(kept.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  /** `undefined` where it was written since. */
  #known({ name, version }: KeptTrial): LeasedTrial | undefined {
    const leased = this.#leased.get(name);
    return leased?.version === version ? leased : undefined;
  }

  #done(written: Written, verb: string): unknown {
    if (written.status === "done") return written.object;
    if (written.status === "forbidden") throw new Error(missing(verb, "leases", this.#namespace));
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

function missing(verb: string, resource: string, namespace: string): string {
  return `missing permission: verb "${verb}" on "${resource}" in namespace "${namespace}". Grant it (deploy/rbac-trial.yaml)`;
}
