import { z } from "zod";
import { RESOURCE_NAMES, type Resources } from "../domain/resources.ts";
import type { ContainerRole } from "../domain/workload.ts";
import { readAmounts } from "../inventory/kubernetes-amounts.ts";
import { OBJECT_NAME } from "../inventory/kubernetes-names.ts";
import type { PodContainer, TrialPod } from "../trial/trial-pod.ts";

/** A pod with what tells whose it is and who protects it. */
export interface ReadPod extends TrialPod {
  /** UID of the object that controls it. */
  readonly controller: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** `undefined` where it has no usable name. */
export function readPod(item: unknown): ReadPod | undefined {
  const { data } = Pod.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const ready = status.conditions.find(({ type }) => type === "Ready");
  const resize = resizeOf(status.conditions);
  const states = [...status.containerStatuses, ...status.initContainerStatuses];
  const read = (role: (one: Written) => ContainerRole) => (one: Written) =>
    readContainer(
      one,
      role(one),
      states.find(({ name }) => name === one.name),
    );
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    labels: metadata.labels,
    controller: metadata.ownerReferences.find(({ controller }) => controller)?.uid,
    leaving:
      metadata.deletionTimestamp !== undefined || status.phase === "Succeeded" || status.phase === "Failed",
    ready: ready?.status === "True",
    readySinceMs: timeOf(ready?.lastTransitionTime),
    ...(resize ? { resize } : {}),
    ...(status.observedGeneration === undefined || metadata.generation === undefined
      ? {}
      : { observed: status.observedGeneration >= metadata.generation }),
    ownResources: Object.keys({ ...spec.resources.requests, ...spec.resources.limits }).length > 0,
    containers: [
      ...spec.containers.map(read(() => "main")),
      ...spec.initContainers.map(
        read(({ restartPolicy }) => (restartPolicy === "Always" ? "sidecar" : "init")),
      ),
    ],
  };
}

function readContainer(
  { name, resources, resizePolicy }: Written,
  role: ContainerRole,
  state: State | undefined,
): PodContainer {
  const ended = state?.state.terminated ?? state?.lastState.terminated;
  return {
    name,
    role,
    resources: readResources(resources),
    ...(state?.resources ? { actual: readResources(state.resources) } : {}),
    restartsFor: RESOURCE_NAMES.filter((resource) =>
      resizePolicy.some(
        ({ resourceName, restartPolicy }) =>
          resourceName === resource && restartPolicy === "RestartContainer",
      ),
    ),
    restarts: state?.restartCount ?? 0,
    ...(ended ? { lastEnd: ended.reason } : {}),
  };
}

/** A pod that waits for its resize while an earlier one is carried out says both; the waiting one counts. */
function resizeOf(conditions: readonly Condition[]): TrialPod["resize"] {
  for (const [type, state] of [
    ["PodResizePending", "pending"],
    ["PodResizeInProgress", "in-progress"],
  ] as const) {
    const found = conditions.find((one) => one.type === type && one.status === "True");
    if (found) return { state, reason: found.reason, message: found.message };
  }
  return undefined;
}

function readResources({ requests, limits }: z.output<typeof Sizes>): Resources {
  return {
    requests: readAmounts(requests, "", () => {}),
    limits: readAmounts(limits, "", () => {}),
  };
}

function timeOf(text: string | undefined): number {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? 0 : ms;
}

const LONGEST_TEXT = 500;
const Text = z
  .string()
  .catch("")
  .transform((text) => text.slice(0, LONGEST_TEXT));
const Name = z.string().regex(OBJECT_NAME);
const Amounts = z.record(z.string(), z.unknown()).catch({});
const Sizes = z.object({ requests: Amounts, limits: Amounts });
const NO_SIZE = { requests: {}, limits: {} };

const list = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) => items.flatMap((one) => item.safeParse(one).data ?? []));

const Written = z.object({
  name: Name,
  restartPolicy: Text,
  resources: Sizes.catch(NO_SIZE),
  resizePolicy: list(z.object({ resourceName: z.string(), restartPolicy: z.string() })),
});
type Written = z.output<typeof Written>;

const Ended = z.object({ terminated: z.object({ reason: Text }).optional() }).catch({});

const State = z.object({
  name: Name,
  restartCount: z.int().catch(0),
  resources: Sizes.optional().catch(undefined),
  state: Ended,
  lastState: Ended,
});
type State = z.output<typeof State>;

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: Text,
  message: Text,
  lastTransitionTime: z.string().optional().catch(undefined),
});
type Condition = z.output<typeof Condition>;

const Pod = z.object({
  metadata: z.object({
    name: Name,
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int().optional().catch(undefined),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).catch({}),
    ownerReferences: list(z.object({ uid: z.string(), controller: z.boolean().catch(false) })),
  }),
  spec: z.object({
    containers: list(Written),
    initContainers: list(Written),
    resources: Sizes.catch(NO_SIZE),
  }),
  status: z.object({
    phase: Text,
    observedGeneration: z.int().optional().catch(undefined),
    conditions: list(Condition),
    containerStatuses: list(State),
    initContainerStatuses: list(State),
  }),
});
