import { z } from "zod";
import type { Reason } from "../domain/reason.ts";
import { WORKLOAD_GROUPS, type WorkloadId, type WorkloadKind, workloadKey } from "../domain/workload.ts";
import type { ApiResource, KubernetesApi } from "../inventory/kubernetes-api.ts";
import { readAutoscaler } from "../inventory/kubernetes-autoscaler.ts";
import { BUDGETS, type LiveBudget, readBudget } from "../inventory/kubernetes-budget.ts";
import type { Answer } from "../inventory/kubernetes-reply.ts";
import { inCharge, readVerticalAutoscaler } from "../inventory/kubernetes-vertical-autoscaler.ts";
import type { CandidatePod, Situation } from "../trial/situation.ts";
import { missingPermission } from "./missing-permission.ts";
import { type ReadPod, readPod } from "./read-pod.ts";

/** Since pods can be resized at all; before, the subresource is not there. */
const RESIZES = "1.33";

/** What a trial of a workload would meet; a Reason where it can't be known, or there can be none. */
export async function readSituation(api: KubernetesApi, workload: WorkloadId): Promise<Situation | Reason> {
  try {
    return await situationOf(api, workload);
  } catch (error) {
    if (error instanceof Unknown) return { code: error.code, message: error.message };
    throw error;
  }
}

async function situationOf(api: KubernetesApi, workload: WorkloadId): Promise<Situation> {
  const minor = await resizingVersion(api);
  const { namespace } = workload;
  const all = async <T>(resource: ApiResource, take: (item: unknown) => T | undefined): Promise<T[]> =>
    known(await api.list(resource, { namespace }, take), "list", resource, namespace) ?? [];
  const uid = await uidOf(api, workload);
  const sets = RUN_BY_REPLICA_SETS.has(workload.kind) ? await all(REPLICA_SETS, readOwned) : [];
  const controllers = new Set([uid, ...sets.filter(({ owner }) => owner === uid).map((set) => set.uid)]);
  const [pods, budgets, autoscalers, verticalAutoscalers] = await Promise.all([
    all(PODS, readPod),
    all(BUDGETS, readBudget),
    all(AUTOSCALERS, readAutoscaler),
    all(VERTICAL_AUTOSCALERS, readVerticalAutoscaler),
  ]);
  const aimsHere = ({ target }: { target: WorkloadId }): boolean =>
    workloadKey(target) === workloadKey(workload);
  return {
    minor,
    pods: pods
      .filter(({ controller }) => controller !== undefined && controllers.has(controller))
      .map((pod) => candidate(pod, budgets)),
    autoscalers: autoscalers.filter(aimsHere).flatMap((found) => found.autoscalers),
    verticalAutoscaler: inCharge(
      verticalAutoscalers.filter(aimsHere).map(({ verticalAutoscaler }) => verticalAutoscaler),
    ),
  };
}

function candidate(pod: ReadPod, budgets: readonly LiveBudget[]): CandidatePod {
  return { ...pod, budgets: budgets.filter(({ selects }) => selects(pod.labels)) };
}

async function uidOf(api: KubernetesApi, { kind, namespace, name }: WorkloadId): Promise<string> {
  const resource = WORKLOADS[kind];
  if (!resource)
    throw new Unknown("job", `pods of a ${kind} come and go; there is nothing to watch for a while`);
  const object = known(await api.get(resource, namespace, name), "get", resource, namespace);
  const uid = Owned.safeParse(object).data?.metadata.uid;
  if (uid === undefined) throw new Unknown("absent", `the cluster has no ${kind}/${namespace}/${name} now`);
  return uid;
}

/** Discovery says whether pods can be resized, whatever the version; the version says since when. */
async function resizingVersion(api: KubernetesApi): Promise<number> {
  const [resources, version] = await Promise.all([api.at("/api/v1"), api.at("/version")]);
  const served = Resources.safeParse(resources.status === "found" ? resources.value : undefined).data;
  const { major, minor } = Version.parse(version.status === "found" ? version.value : {});
  const known = Number.parseInt(minor, 10);
  if (served?.resources.some(({ name }) => name === "pods/resize")) return Number.isNaN(known) ? 0 : known;
  throw new Unknown(
    "old-server",
    `the cluster runs Kubernetes ${major}.${minor}, which can't resize a pod in place; ${RESIZES} and later can`,
  );
}

/** `undefined` where the cluster has none of it. */
function known<T>(answer: Answer<T>, verb: string, resource: ApiResource, namespace: string): T | undefined {
  if (answer.status === "forbidden")
    throw new Unknown("forbidden", missingPermission(verb, resource, namespace));
  return answer.status === "found" ? answer.value : undefined;
}

class Unknown extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const apps = (plural: string): ApiResource => ({ group: "apps", version: "v1", plural });

const PODS: ApiResource = { group: "", version: "v1", plural: "pods" };
const REPLICA_SETS = apps("replicasets");
const AUTOSCALERS: ApiResource = { group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers" };
const VERTICAL_AUTOSCALERS: ApiResource = {
  group: "autoscaling.k8s.io",
  version: "v1",
  plural: "verticalpodautoscalers",
};

/** Of Jobs and CronJobs there is nothing to try. */
const WORKLOADS: Partial<Record<WorkloadKind, ApiResource>> = {
  Deployment: apps("deployments"),
  StatefulSet: apps("statefulsets"),
  DaemonSet: apps("daemonsets"),
  Rollout: { group: WORKLOAD_GROUPS.Rollout, version: "v1alpha1", plural: "rollouts" },
};
const RUN_BY_REPLICA_SETS: ReadonlySet<WorkloadKind> = new Set(["Deployment", "Rollout"]);

function readOwned(item: unknown): { uid: string; owner: string | undefined } | undefined {
  const { data } = Owned.safeParse(item);
  return data && { uid: data.metadata.uid, owner: data.metadata.ownerReferences[0]?.uid };
}

const Owned = z.object({
  metadata: z.object({
    uid: z.string(),
    ownerReferences: z
      .array(z.object({ uid: z.string(), controller: z.boolean().catch(false) }))
      .catch([])
      .transform((owners) => owners.filter(({ controller }) => controller)),
  }),
});

const Resources = z.object({ resources: z.array(z.object({ name: z.string() })) });
const Version = z.object({ major: z.string().catch("1"), minor: z.string().catch("?") });
