import { cpuQuantity, memoryQuantity, type Quantity } from "../../domain/quantity.ts";
import type { ResourceName } from "../../domain/resources.ts";
import type { WorkloadId } from "../../domain/workload.ts";
import type { PlannedContainer } from "../evidence.ts";

export const LABEL: Readonly<Record<ResourceName, string>> = { cpu: "CPU", memory: "memory" };

/** `Deployment shop/api · app`. */
export function nameOf({ workload, container }: { workload: WorkloadId; container: string }): string {
  return `${workload.kind} ${workload.namespace}/${workload.name} · ${container}`;
}

export function amount(resource: ResourceName, value: number): Quantity {
  return resource === "cpu" ? cpuQuantity(value) : memoryQuantity(value);
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `0.4 %`; what is less than a tenth of a percent is said so. */
export function percent(share: number): string {
  if (share === 0) return "0 %";
  const value = share * 100;
  return value < 0.1 ? "< 0.1 %" : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

/** Requests that an edit was proven to change, with what they were and will be. */
export function changedRequests(
  container: PlannedContainer,
): { resource: ResourceName; before: Quantity | undefined; after: Quantity }[] {
  return (container.source.proof?.changed ?? []).flatMap(({ resource: field, before, after }) =>
    after !== undefined && (field === "requests.cpu" || field === "requests.memory")
      ? [{ resource: field === "requests.cpu" ? ("cpu" as const) : ("memory" as const), before, after }]
      : [],
  );
}

/** Whether it has to be said which cluster a container is in. */
export function severalClusters(containers: readonly PlannedContainer[]): boolean {
  return new Set(containers.map(({ cluster }) => cluster)).size > 1;
}
