import { z } from "zod";
import type { Images, KnownPod, PodHistory, Revision } from "../domain/pod-history.ts";
import { isWorkloadKind } from "../domain/workload.ts";
import { Flag, listOf, Name, Time } from "./deliveries/shapes.ts";
import type { InventoryLists } from "./kubernetes-inventory-lists.ts";
import { type Look, lookFor } from "./kubernetes-lists.ts";

/** Pods, ReplicaSets and ControllerRevisions, as far as they may be listed. */
export async function readHistory(look: Look, lists: InventoryLists): Promise<PodHistory> {
  const [pods, replicaSets, controllerRevisions] = await Promise.all([
    lookFor(look, lists.pods),
    lookFor(look, lists.replicaSets),
    lookFor(look, lists.controllerRevisions),
  ]);
  return {
    pods: pods.found,
    revisions: [...replicaSets.found, ...controllerRevisions.found],
    warnings: look.notices.warnings(),
  };
}

export function readKnownPod(item: unknown): KnownPod | undefined {
  const { data } = PodItem.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const controller = metadata.ownerReferences.find((one) => one.controller);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ...(controller ? { controller: { kind: controller.kind, name: controller.name } } : {}),
    images: imagesOf(spec),
    oomKills: [...status.containerStatuses, ...status.initContainerStatuses].flatMap(
      ({ name, state, lastState }) =>
        [state.terminated, lastState.terminated].flatMap((ended) =>
          ended === undefined ? [] : [{ container: name, atMs: ended.finishedAt }],
        ),
    ),
  };
}

/** A ReplicaSet of a Deployment or a Rollout; `undefined` where it is nobody's. */
export function readReplicaSet(item: unknown): Revision | undefined {
  const { data } = ReplicaSetItem.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec } = data;
  const { annotations } = metadata;
  const number =
    annotations["deployment.kubernetes.io/revision"] ?? annotations["rollout.argoproj.io/revision"];
  return revisionOf(metadata, Number(number ?? 0), spec.template.spec);
}

/** One of a StatefulSet or a DaemonSet. */
export function readControllerRevision(item: unknown): Revision | undefined {
  const { data } = ControllerRevisionItem.safeParse(item);
  return data && revisionOf(data.metadata, data.revision, data.data.spec.template.spec);
}

function revisionOf(
  { namespace, name, creationTimestamp: madeMs, ownerReferences }: z.output<typeof Metadata>,
  number: number,
  pod: z.output<typeof Spec>,
): Revision | undefined {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (!owner || !isWorkloadKind(owner.kind) || madeMs === undefined || Number.isNaN(number)) return undefined;
  const workload = { kind: owner.kind, name: owner.name };
  return { namespace, name, workload, number, madeMs, images: imagesOf(pod) };
}

function imagesOf({ containers, initContainers }: z.output<typeof Spec>): Images {
  return new Map([...containers, ...initContainers].map(({ name, image }) => [name, image]));
}

const Metadata = z.object({
  name: Name,
  namespace: Name,
  creationTimestamp: Time,
  annotations: z.record(z.string(), z.string()).catch({}),
  ownerReferences: listOf(z.object({ kind: z.string(), name: Name, controller: Flag })),
});

const Containers = listOf(z.object({ name: Name, image: z.string().min(1).max(1024) }));
const Spec = z.object({ containers: Containers, initContainers: Containers });

const Ended = z
  .object({
    terminated: z
      .object({ reason: z.literal("OOMKilled"), finishedAt: Time.pipe(z.int()) })
      .optional()
      .catch(undefined),
  })
  .catch({ terminated: undefined });
const Statuses = listOf(z.object({ name: Name, state: Ended, lastState: Ended }));

const PodItem = z.object({
  metadata: Metadata,
  spec: Spec,
  status: z
    .object({ containerStatuses: Statuses, initContainerStatuses: Statuses })
    .catch({ containerStatuses: [], initContainerStatuses: [] }),
});

const Template = z.object({ spec: z.object({ template: z.object({ spec: Spec }) }) });
const ReplicaSetItem = Template.extend({ metadata: Metadata });
const ControllerRevisionItem = z.object({ metadata: Metadata, revision: z.number(), data: Template });
