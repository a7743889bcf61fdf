import { z } from "zod";
import { isQuantity } from "../domain/quantity.ts";
import {
  type Amounts,
  RESOURCE_NAMES,
  RESOURCE_SIDES,
  type ResourceSide,
  type Resources,
} from "../domain/resources.ts";
import {
  type Container,
  type ContainerRole,
  WORKLOAD_GROUPS,
  type Workload,
  type WorkloadId,
  type WorkloadKind,
  isWorkloadKind,
  workloadKey,
} from "../domain/workload.ts";

/** Told of every value that is left out. */
export type Note = (text: string) => void;

/** An object as it stands in the cluster, before it is seen together with the others. */
export interface LiveObject {
  /** Its autoscalers are not known yet. */
  readonly workload: Workload;
  /** Another workload of ours controls it, as a CronJob its Jobs. */
  readonly owned: boolean;
  /** A Rollout's `workloadRef`: whose pod template it uses instead of its own. */
  readonly templateFrom?: TemplateRef;
}

export interface TemplateRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** What the API server demands of names; anything else does not come from one. */
export const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** One item of a list; `undefined` where it has no usable name, namespace or body. */
export function readWorkload(kind: WorkloadKind, item: unknown, note: Note): LiveObject | undefined {
  const parsed = LiveItem.safeParse(item);
  if (!parsed.success) {
    note(`A ${kind} without a usable name or namespace is left out`);
    return undefined;
  }
  const { metadata, spec, status } = parsed.data;
  const id: WorkloadId = { kind, namespace: metadata.namespace, name: metadata.name };
  const podSpec = kind === "CronJob" ? spec.jobTemplate.spec.template.spec : spec.template.spec;
  const replicas = replicasOf(kind, spec.replicas, status.desiredNumberScheduled);
  return {
    workload: {
      ...id,
      ...(replicas === undefined ? {} : { replicas }),
      labels: metadata.labels,
      annotations: metadata.annotations,
      containers: readContainers(podSpec, workloadKey(id), note),
      autoscalers: [],
    },
    owned: metadata.ownerReferences.some(
      (owner) =>
        owner.controller &&
        isWorkloadKind(owner.kind) &&
        groupOf(owner.apiVersion) === WORKLOAD_GROUPS[owner.kind],
    ),
    ...(kind === "Rollout" && spec.workloadRef ? { templateFrom: spec.workloadRef } : {}),
  };
}

/** The containers of an object with a pod template at `spec.template`; `whose` names it in notes. */
export function readTemplate(item: unknown, whose: string, note: Note): readonly Container[] {
  const parsed = z.object({ spec: Spec }).safeParse(item);
  return parsed.success ? readContainers(parsed.data.spec.template.spec, whose, note) : [];
}

/** `apps/v1` → `apps`; a version alone is the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** `undefined` for Jobs and CronJobs: their pods come and go, no number of them is desired for long. */
function replicasOf(kind: WorkloadKind, replicas: unknown, scheduled: unknown): number | undefined {
  if (kind === "Job" || kind === "CronJob") return undefined;
  const count = kind === "DaemonSet" ? scheduled : (replicas ?? 1);
  return z.int().min(0).safeParse(count).data;
}

function readContainers(pod: z.output<typeof PodSpec>, whose: string, note: Note): Container[] {
  return [
    ...pod.containers.map((item) => readContainer(item, () => "main", whose, note)),
    ...pod.initContainers.map((item) =>
      readContainer(item, (restartPolicy) => (restartPolicy === "Always" ? "sidecar" : "init"), whose, note),
    ),
  ].filter((container) => container !== undefined);
}

function readContainer(
  item: unknown,
  role: (restartPolicy: unknown) => ContainerRole,
  whose: string,
  note: Note,
): Container | undefined {
  const parsed = ContainerItem.safeParse(item);
  if (!parsed.success) {
    note(`${whose}: a container without a usable name is left out`);
    return undefined;
  }
  const { name, image, restartPolicy, resources } = parsed.data;
  return {
    name,
    role: role(restartPolicy),
    ...(image === undefined ? {} : { image }),
    resources: readResources(resources, `${whose}, container ${name}`, note),
  };
}

function readResources(
  written: Readonly<Record<ResourceSide, Readonly<Record<string, unknown>>>>,
  whose: string,
  note: Note,
): Resources {
  const [requests, limits] = RESOURCE_SIDES.map((side): Amounts => {
    const amounts = RESOURCE_NAMES.flatMap((name) => {
      const value = Object.hasOwn(written[side], name) ? written[side][name] : undefined;
      if (value === undefined || value === null) return [];
      // Custom resources, Rollouts among them, may hold a quantity as a number.
      const text = typeof value === "number" ? String(value) : value;
      if (typeof text === "string" && isQuantity(text)) return [[name, text] as const];
      note(`${whose}: ${side}.${name} ${JSON.stringify(value).slice(0, 40)} is no quantity and is left out`);
      return [];
    });
    return Object.fromEntries(amounts);
  });
  return { requests: requests ?? {}, limits: limits ?? {} };
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
const Texts = z.record(z.string(), z.unknown()).catch({}).transform(boundedTexts);
const Written = z.record(z.string(), z.unknown()).catch({});
const Text = z.string().catch("");

const ContainerItem = z.object({
  name: z.string().max(63).regex(OBJECT_NAME),
  image: z.string().max(1024).optional().catch(undefined),
  restartPolicy: z.unknown().optional(),
  resources: z.object({ requests: Written, limits: Written }).catch({ requests: {}, limits: {} }),
});

const Items = z.array(z.unknown()).catch([]);
const PodSpec = z
  .object({ containers: Items, initContainers: Items })
  .catch({ containers: [], initContainers: [] });
const NO_PODS = { spec: { containers: [], initContainers: [] } };
const PodTemplate = z.object({ spec: PodSpec }).catch(NO_PODS);
const JobTemplate = z
  .object({ spec: z.object({ template: PodTemplate }) })
  .catch({ spec: { template: NO_PODS } });

const Spec = z.object({
  replicas: z.unknown().optional(),
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
    ownerReferences: z
      .array(z.object({ apiVersion: Text, kind: Text, controller: z.boolean().catch(false) }))
      .catch([]),
  }),
  spec: Spec,
  status: z
    .object({ desiredNumberScheduled: z.unknown().optional() })
    .catch({ desiredNumberScheduled: undefined }),
});
