import { z } from "zod";
import {
  type Container,
  WORKLOAD_GROUPS,
  type Workload,
  type WorkloadId,
  type WorkloadKind,
  isWorkloadKind,
  workloadKey,
} from "../domain/workload.ts";
import type { Note } from "./kubernetes-amounts.ts";
import { PodSpec, readContainers, setByPod } from "./kubernetes-container.ts";
import { ManagedFields, withWriters } from "./kubernetes-field-writers.ts";
import { OBJECT_NAME, groupOf } from "./kubernetes-names.ts";
import { podsBesideUpdate } from "./kubernetes-update.ts";

/** An object as it stands in the cluster, before it is seen together with the others. */
export interface LiveObject {
  /** Its autoscalers are not known yet. */
  readonly workload: Workload;
  /** Another workload of ours controls it, as a CronJob its Jobs. */
  readonly owned: boolean;
  /** A Rollout's `workloadRef`: whose pod template it uses instead of its own. */
  readonly templateFrom?: TemplateRef;
  /** What its pods are labelled with; left out where its pod template is another object's. */
  readonly podLabels?: Readonly<Record<string, string>>;
}

export interface TemplateRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** One item of a list; `undefined` where it has no usable name, namespace or body. */
export function readWorkload(kind: WorkloadKind, item: unknown, note: Note): LiveObject | undefined {
  const parsed = LiveItem.safeParse(item);
  if (!parsed.success) {
    note(`A ${kind} without a usable name or namespace is left out`);
    return undefined;
  }
  const { metadata, spec, status } = parsed.data;
  const id: WorkloadId = { kind, namespace: metadata.namespace, name: metadata.name };
  const template = kind === "CronJob" ? spec.jobTemplate.spec.template : spec.template;
  const replicas = replicasOf(kind, spec.replicas, status.desiredNumberScheduled);
  const beside = podsBesideUpdate(kind, spec, replicas ?? 1);
  const ofPod = setByPod(template.spec);
  return {
    workload: {
      ...id,
      ...(replicas === undefined ? {} : { replicas }),
      ...(beside === undefined ? {} : { podsBesideUpdate: beside }),
      labels: metadata.labels,
      annotations: metadata.annotations,
      containers: withWriters(
        readContainers(template.spec, workloadKey(id), note),
        kind,
        metadata.managedFields,
      ),
      ...(ofPod.length === 0 ? {} : { setByPod: ofPod }),
      autoscalers: [],
    },
    owned: metadata.ownerReferences.some(
      (owner) =>
        owner.controller &&
        isWorkloadKind(owner.kind) &&
        groupOf(owner.apiVersion) === WORKLOAD_GROUPS[owner.kind],
    ),
    ...(kind === "Rollout" && spec.workloadRef
      ? { templateFrom: spec.workloadRef }
      : { podLabels: template.metadata.labels }),
  };
}

/** The containers of an object with a pod template at `spec.template`; `whose` names it in notes. */
export function readTemplate(item: unknown, whose: string, note: Note): readonly Container[] {
  const parsed = z.object({ spec: Spec }).safeParse(item);
  return parsed.success ? readContainers(parsed.data.spec.template.spec, whose, note) : [];
}

/** `undefined` for Jobs and CronJobs: their pods come and go, no number of them is desired for long. */
function replicasOf(kind: WorkloadKind, replicas: unknown, scheduled: unknown): number | undefined {
  if (kind === "Job" || kind === "CronJob") return undefined;
  const count = kind === "DaemonSet" ? scheduled : (replicas ?? 1);
  return z.int().min(0).safeParse(count).data;
}

/** The API server allows 256 KiB of annotations; labels are far smaller. */
const MOST_TEXT = 256 * 1024;

/** The whole manifest again: the largest annotation by far, and of no use to us. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function boundedTexts(entries: Readonly<Record<string, unknown>>): Record<string, string> {
  let left = MOST_TEXT;
  const texts = Object.entries(entries).filter((entry): entry is [string, string] => {
    const [key, value] = entry;
    if (key === LAST_APPLIED || typeof value !== "string") return false;
    left -= key.length + value.length;
    return left >= 0;
  });
  return Object.fromEntries(texts);
}

// Lenient where an object is still of use without the part: what is missing or malformed becomes empty.
export const Texts = z.record(z.string(), z.unknown()).catch({}).transform(boundedTexts);
const Text = z.string().catch("");

const NO_PODS = { metadata: { labels: {} }, spec: { containers: [], initContainers: [] } };
const PodTemplate = z
  .object({ metadata: z.object({ labels: Texts }).catch(NO_PODS.metadata), spec: PodSpec })
  .catch(NO_PODS);
const JobTemplate = z
  .object({ spec: z.object({ template: PodTemplate }) })
  .catch({ spec: { template: NO_PODS } });

const Spec = z.object({
  replicas: z.unknown().optional(),
  strategy: z.unknown().optional(),
  updateStrategy: z.unknown().optional(),
  template: PodTemplate,
  jobTemplate: JobTemplate,
  workloadRef: z
    .object({ apiVersion: Text, kind: z.string(), name: z.string().regex(OBJECT_NAME) })
    .transform(({ apiVersion, kind, name }): TemplateRef => ({ group: groupOf(apiVersion), kind, name }))
    .optional()
    .catch(undefined),
});

const LiveItem = z.object({
  metadata: z.object({
    name: z.string().regex(OBJECT_NAME),
    namespace: z.string().regex(OBJECT_NAME),
    labels: Texts,
    annotations: Texts,
    managedFields: ManagedFields,
    ownerReferences: z
      .array(z.object({ apiVersion: Text, kind: Text, controller: z.boolean().catch(false) }))
      .catch([]),
  }),
  spec: Spec,
  status: z
    .object({ desiredNumberScheduled: z.unknown().optional() })
    .catch({ desiredNumberScheduled: undefined }),
});
