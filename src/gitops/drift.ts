import { sameQuantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField, type Resources } from "../domain/resources.ts";
import type { Container } from "../domain/workload.ts";
import type { ScannedContainer } from "./scan.ts";

/** Where a file and the cluster disagree: another file may be the source, or a sync is still to come. */
export function drift(declared: ScannedContainer, live: Container): Reason | undefined {
  const differing = RESOURCE_FIELDS.find(
    (field) => !sameQuantity(effective(declared.current, field), effective(live.resources, field)),
  );
  if (differing === undefined) return undefined;
  const field = declared.fields[differing];
  const [says, has] = [amountOf(declared.current, differing), amountOf(live.resources, differing)];
  return {
    code: "drift",
    message: `the file says ${differing} ${says ?? "nothing"}, the cluster ${has ?? "nothing"}: it is not synced, or set elsewhere`,
    ...(field.status === "refused" ? {} : { file: field.place.file, line: field.place.line }),
  };
}

/** Kubernetes takes a limit for the request that is missing. */
function effective(resources: Resources, field: ResourceField): string | undefined {
  const amount = amountOf(resources, field);
  if (amount !== undefined || field.startsWith("limits")) return amount;
  return amountOf(resources, field === "requests.cpu" ? "limits.cpu" : "limits.memory");
}
