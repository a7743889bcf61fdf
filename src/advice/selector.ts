import type { Workload, WorkloadKind } from "../domain/workload.ts";

/** Which workloads a policy is for; as OptiPod's, deny and exclude win over allow and include. */
export interface Selector {
  readonly clusters?: readonly string[] | undefined;
  readonly namespaces?:
    | { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }
    | undefined;
  readonly workloadSelector?:
    | {
        readonly matchLabels?: Readonly<Record<string, string>> | undefined;
        readonly matchExpressions?: readonly LabelExpression[] | undefined;
      }
    | undefined;
  readonly workloadTypes?:
    | {
        readonly include?: readonly WorkloadKind[] | undefined;
        readonly exclude?: readonly WorkloadKind[] | undefined;
      }
    | undefined;
}

export interface LabelExpression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

/** Why a selector passes a workload over, as the end of a sentence; `undefined` where it selects it. */
export function passedOver(selector: Selector, workload: Workload, cluster: string): string | undefined {
  const { clusters, namespaces, workloadSelector, workloadTypes } = selector;
  const { namespace, kind } = workload;
  const includes = workloadTypes?.include ?? [];
  if (clusters && !clusters.includes(cluster)) return `it is not for the cluster ${cluster}`;
  if (matches(namespaces?.deny, namespace)) return `it denies the namespace ${namespace}`;
  if ((namespaces?.allow?.length ?? 0) > 0 && !matches(namespaces?.allow, namespace))
    return `it does not allow the namespace ${namespace}`;
  if (workloadTypes?.exclude?.includes(kind)) return `it excludes ${kind}s`;
  if (includes.length > 0 && !includes.includes(kind)) return `it does not include ${kind}s`;
  for (const [key, value] of Object.entries(workloadSelector?.matchLabels ?? {}))
    if (labelOf(workload, key) !== value) return `the label ${key} is not ${value}`;
  const failed = workloadSelector?.matchExpressions?.find((one) => !holds(one, labelOf(workload, one.key)));
  return failed && `the label ${failed.key} is not as its matchExpressions ask`;
}

function labelOf({ labels }: Workload, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** As Kubernetes has it, NotIn holds for a label that is not there. */
function holds({ operator, values }: LabelExpression, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

function matches(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns?.some((pattern) => matchesPattern(pattern.split("*"), name)) ?? false;
}

/** The parts around each `*` stand in the name one after the other, the first and the last at its ends. */
function matchesPattern([first = "", ...rest]: readonly string[], name: string): boolean {
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
