import { createHash } from "node:crypto";
import { z } from "zod";
import { WORKLOAD_GROUPS, type WorkloadId } from "../domain/workload.ts";
import type { MomentKind } from "../domain/moments.ts";
import type { Moment } from "../followup/moment.ts";
import { type ClusterAccess, loadKubeconfig } from "../inventory/kubeconfig.ts";
import { API_LIMITS, type ApiResource, KubernetesApi, resourcePath } from "../inventory/kubernetes-api.ts";
import { KubernetesConnection } from "../inventory/kubernetes-connection.ts";
import { WORKLOAD_RESOURCES } from "../inventory/kubernetes-resources.ts";
import { KubernetesWriter } from "../resize/kubernetes-writer.ts";

/** As OptiPod calls what it does, where it does the same. */
const REASONS: Readonly<Record<MomentKind, string>> = {
  recommended: "RecommendationGenerated",
  merged: "Merged",
  synced: "UpdateSuccess",
  late: "UpdateFailed",
  healthy: "Healthy",
  well: "Watched",
  worse: "GotWorse",
  reverted: "Reverted",
};

const WARNINGS: ReadonlySet<MomentKind> = new Set(["late", "worse", "reverted"]);
const EVENTS: ApiResource = { group: "", version: "v1", plural: "events" };
/** The API server takes 1024 bytes. */
const LONGEST = 300;

/**
 * Writes an Event on each workload of these moments in one cluster, each once, whoever else writes it too; gives
 * what went wrong, a sentence each. Needs `create` on events, and `get` on the workloads.
 */
export async function writeEvents(
  access: ClusterAccess,
  cluster: string,
  moments: readonly Moment[],
  nowMs: number,
): Promise<string[]> {
  const connection = await KubernetesConnection.open(loadKubeconfig(access), API_LIMITS, {
    requests: 0,
    bytes: 0,
  });
  await using api = new KubernetesApi(connection, API_LIMITS);
  const writer = new KubernetesWriter(connection);
  const faults = new Set<string>();
  for (const moment of moments)
    for (const { workload } of moment.workloads.filter((one) => one.cluster === cluster)) {
      const { kind, namespace, name } = workload;
      const answer = await api.get(WORKLOAD_RESOURCES[kind], namespace, name);
      const uid = answer.status === "found" ? Item.safeParse(answer.value).data?.metadata.uid : undefined;
      const event = eventOf(moment, workload, uid, nowMs);
      const written = await writer.create(resourcePath(EVENTS, namespace), event);
      if (written.status === "forbidden")
        faults.add(`events may not be written in namespace ${namespace}: grant deploy/rbac-events.yaml`);
      if (written.status === "refused") faults.add(`the event on ${kind}/${namespace}/${name} was refused`);
    }
  return [...faults];
}

const Item = z.object({ metadata: z.object({ uid: z.string() }) });

function eventOf(
  { kind: moment, repository, number, text }: Moment,
  { kind, namespace, name }: WorkloadId,
  uid: string | undefined,
  nowMs: number,
): object {
  const version = kind === "Rollout" ? "v1alpha1" : "v1";
  const what = JSON.stringify([repository, number, moment, kind, namespace, name]);
  const at = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    // The same for the same moment: a second one is refused as there already.
    metadata: { name: `loadline.${createHash("sha256").update(what).digest("hex").slice(0, 20)}`, namespace },
    involvedObject: {
      apiVersion: `${WORKLOAD_GROUPS[kind]}/${version}`,
      kind,
      namespace,
      name,
      ...(uid === undefined ? {} : { uid }),
    },
    type: WARNINGS.has(moment) ? "Warning" : "Normal",
    reason: REASONS[moment],
    message: `${repository}: ${text}`.slice(0, LONGEST).toWellFormed(),
    source: { component: "loadline" },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
