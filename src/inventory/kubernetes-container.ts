import { z } from "zod";
import { baseUnits, isQuantity } from "../domain/quantity.ts";
import { RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import type { Container, ContainerRole } from "../domain/workload.ts";
import { type EnvironmentVariable, heapSettings } from "./heap-settings.ts";
import { type Note, readAmounts } from "./kubernetes-amounts.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";

const Items = z.array(z.unknown()).catch([]);

/** A pod's specification, as far as it is of use; what is malformed has no containers. */
export const PodSpec = z
  .object({ containers: Items, initContainers: Items, resources: z.unknown().optional() })
  .catch({ containers: [], initContainers: [] });

/** What a pod asks for itself, for all of its containers together. */
export function setByPod({ resources }: z.output<typeof PodSpec>): ResourceName[] {
  const { data } = PodResources.safeParse(resources);
  return RESOURCE_NAMES.filter((name) => data && (name in data.requests || name in data.limits));
}

/** Main containers, then init containers and sidecars; `whose` names the workload in notes. */
export function readContainers(pod: z.output<typeof PodSpec>, whose: string, note: Note): Container[] {
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
  const { name, image, restartPolicy, resources, command, args, env } = parsed.data;
  const place = `${whose}, container ${name}`;
  const heap = heapSettings(
    [...command, ...args],
    env.flatMap((variable) => readVariable(variable, name)),
  );
  return {
    name,
    role: role(restartPolicy),
    ...(image === undefined ? {} : { image }),
    resources: {
      requests: readAmounts(resources.requests, `${place}: requests`, note),
      limits: readAmounts(resources.limits, `${place}: limits`, note),
    },
    ...(heap.length === 0 ? {} : { heap }),
  };
}

/** Values from config maps and secrets are not known, and none of our business. */
function readVariable(item: unknown, container: string): EnvironmentVariable[] {
  const { data } = Variable.safeParse(item);
  if (data === undefined) return [];
  if (data.value !== undefined) return [{ name: data.name, value: data.value }];
  const { resourceFieldRef } = data.valueFrom;
  if (resourceFieldRef === undefined || ![container, ""].includes(resourceFieldRef.containerName)) return [];
  return [{ name: data.name, value: { limitIn: resourceFieldRef.divisor } }];
}

const Written = z.record(z.string(), z.unknown()).catch({});
const PodResources = z.object({ requests: Written, limits: Written });
const Words = z.array(z.string()).catch([]);

const ContainerItem = z.object({
  name: z.string().max(63).regex(OBJECT_NAME),
  image: z.string().max(1024).optional().catch(undefined),
  restartPolicy: z.unknown().optional(),
  resources: z.object({ requests: Written, limits: Written }).catch({ requests: {}, limits: {} }),
  command: Words,
  args: Words,
  env: Items,
});

/** In bytes; nothing and 0 are one. */
const Divisor = z
  .union([z.string(), z.number()])
  .transform((written) => (isQuantity(String(written)) ? Math.ceil(baseUnits(String(written))) : 1))
  .pipe(z.int())
  .catch(1)
  .transform((bytes) => Math.max(1, bytes));

const Variable = z.object({
  name: z.string(),
  value: z.string().optional().catch(undefined),
  valueFrom: z
    .object({
      resourceFieldRef: z
        .object({
          resource: z.literal("limits.memory"),
          containerName: z.string().catch(""),
          divisor: Divisor,
        })
        .optional()
        .catch(undefined),
    })
    .catch({ resourceFieldRef: undefined }),
});
