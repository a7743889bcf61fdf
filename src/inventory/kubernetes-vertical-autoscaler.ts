import { z } from "zod";
import { RESOURCE_NAMES } from "../domain/resources.ts";
import type { VerticalAutoscaler, WorkloadId } from "../domain/workload.ts";
import { listOf } from "./deliveries/shapes.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";
import { TargetRef, targetOf } from "./kubernetes-target.ts";

/** What a VerticalPodAutoscaler says of one workload. */
export interface LiveVerticalAutoscaler {
  readonly target: WorkloadId;
  readonly verticalAutoscaler: VerticalAutoscaler;
}

/** A VerticalPodAutoscaler of `autoscaling.k8s.io/v1`; `undefined` where it aims at no workload of ours. */
export function readVerticalAutoscaler(item: unknown): LiveVerticalAutoscaler | undefined {
  const { data } = Item.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec } = data;
  const target = targetOf(metadata.namespace, spec.targetRef);
  const acts = spec.updatePolicy.updateMode !== "Off";
  const controls = controlsOf(spec.resourcePolicy.containerPolicies);
  return (
    target && {
      target,
      verticalAutoscaler: { name: metadata.name, acts, ...(controls.length === 0 ? {} : { controls }) },
    }
  );
}

function controlsOf(
  policies: readonly z.output<typeof ContainerPolicy>[],
): NonNullable<VerticalAutoscaler["controls"]> {
  return policies.map(({ containerName, mode, controlledResources }) => ({
    ...(containerName === "*" ? {} : { container: containerName }),
    resources: mode === "Off" ? [] : RESOURCE_NAMES.filter((name) => controlledResources.includes(name)),
  }));
}

/** Of several at one workload, which they must not be, one that acts. */
export function inCharge(found: readonly VerticalAutoscaler[]): VerticalAutoscaler | undefined {
  return found.find(({ acts }) => acts) ?? found[0];
}

/** Without a mode it acts: `Auto` was the default, now `Recreate` is. */
const ContainerPolicy = z.object({
  containerName: z.string(),
  mode: z.string().catch("Auto"),
  controlledResources: z.array(z.unknown()).catch([...RESOURCE_NAMES]),
});

const Item = z.object({
  metadata: z.object({ name: z.string().regex(OBJECT_NAME), namespace: z.string().regex(OBJECT_NAME) }),
  spec: z.object({
    targetRef: TargetRef,
    updatePolicy: z.object({ updateMode: z.string().catch("") }).catch({ updateMode: "" }),
    resourcePolicy: z.object({ containerPolicies: listOf(ContainerPolicy) }).catch({ containerPolicies: [] }),
  }),
});
