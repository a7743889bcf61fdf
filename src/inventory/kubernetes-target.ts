import { z } from "zod";
import { WORKLOAD_GROUPS, type WorkloadId, isWorkloadKind } from "../domain/workload.ts";
import { OBJECT_NAME, groupOf } from "./kubernetes-names.ts";

/** How an autoscaler names what it scales. */
export const TargetRef = z.object({
  apiVersion: z.string().catch(""),
  kind: z.string(),
  name: z.string().regex(OBJECT_NAME),
});

/** The workload that an autoscaler of this namespace aims at; `undefined` where it is none of ours. */
export function targetOf(
  namespace: string,
  { apiVersion, kind, name }: z.output<typeof TargetRef>,
): WorkloadId | undefined {
  if (!isWorkloadKind(kind)) return undefined;
  // `extensions` is where Deployments stood long ago; autoscalers of that time still say so.
  const groups = [WORKLOAD_GROUPS[kind], "", "extensions"];
  return groups.includes(groupOf(apiVersion)) ? { namespace, kind, name } : undefined;
}
