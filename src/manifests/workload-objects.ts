import { isQuantity } from "../domain/quantity.ts";
import { type Amounts, RESOURCE_NAMES, type Resources } from "../domain/resources.ts";
import {
  type ContainerRole,
  isWorkloadKind,
  WORKLOAD_GROUPS,
  type WorkloadKind,
} from "../domain/workload.ts";
import { isRecord, type KeyPath, valueAt } from "./key-path.ts";

/** A workload as a manifest (written or rendered) declares it. */
export interface WorkloadObject {
  readonly kind: WorkloadKind;
  readonly name: string;
  /** Absent where something else decides it: the destination of a sync, a kustomization. */
  readonly namespace?: string;
  readonly containers: readonly ContainerObject[];
}

export interface ContainerObject {
  readonly name: string;
  readonly role: ContainerRole;
  readonly resources: Resources;
  /** Where the container stands in its document. */
  readonly path: KeyPath;
}

const POD_SPEC: Readonly<Record<WorkloadKind, KeyPath>> = {
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
  Rollout: ["spec", "template", "spec"],
};

/** Lists in lists are legal and useless; a few levels are more than anybody writes. */
const DEEPEST_LIST = 3;

/** The workloads that a document declares: one, or those in the items of a `List`. */
export function workloadObjects(document: unknown, at: KeyPath = [], depth = 0): WorkloadObject[] {
  if (!isRecord(document)) return [];
  const { kind, apiVersion, items } = document;
  if (typeof kind !== "string" || typeof apiVersion !== "string") return [];
  if (kind.endsWith("List") && Array.isArray(items))
    return depth < DEEPEST_LIST
      ? items.flatMap((item, index) => workloadObjects(item, [...at, "items", index], depth + 1))
      : [];
  if (!isWorkloadKind(kind) || apiVersion.split("/")[0] !== WORKLOAD_GROUPS[kind]) return [];
  const name = valueAt(document, ["metadata", "name"]);
  const namespace = valueAt(document, ["metadata", "namespace"]);
  if (typeof name !== "string" || name === "") return [];
  const podSpec = valueAt(document, POD_SPEC[kind]);
  return [
    {
      kind,
      name,
      ...(typeof namespace === "string" && namespace !== "" ? { namespace } : {}),
      containers: isRecord(podSpec) ? containerObjects(podSpec, [...at, ...POD_SPEC[kind]]) : [],
    },
  ];
}

function containerObjects(podSpec: Record<string, unknown>, at: KeyPath): ContainerObject[] {
  return ["containers", "initContainers"].flatMap((list) => {
    const containers = podSpec[list];
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((container: unknown, index): ContainerObject[] => {
      if (!isRecord(container) || typeof container["name"] !== "string") return [];
      const sidecar = container["restartPolicy"] === "Always";
      const role: ContainerRole = list === "containers" ? "main" : sidecar ? "sidecar" : "init";
      const resources = resourcesOf(container["resources"]);
      return [{ name: container["name"], role, resources, path: [...at, list, index] }];
    });
  });
}

/** The CPU and memory of a `resources` map as data; what is no quantity is left out. */
export function resourcesOf(resources: unknown): Resources {
  return {
    requests: amountsOf(valueAt(resources, ["requests"])),
    limits: amountsOf(valueAt(resources, ["limits"])),
  };
}

function amountsOf(amounts: unknown): Amounts {
  if (!isRecord(amounts)) return {};
  return Object.fromEntries(
    RESOURCE_NAMES.flatMap((name) => {
      const amount = amounts[name];
      const text = typeof amount === "number" ? String(amount) : amount;
      return typeof text === "string" && isQuantity(text) ? [[name, text]] : [];
    }),
  );
}
