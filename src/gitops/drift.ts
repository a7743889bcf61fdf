import { sameQuantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField, type Resources } from "../domain/resources.ts";
import type { Container } from "../domain/workload.ts";
import type { ScannedContainer } from "./scan.ts";

/** Where a file and the cluster disagree: another file may be the source, or a sync is still to come. */
export function drift(declared: ScannedContainer, live: Container): Reason | undefined {
  const differing = differingFields(declared, live);
  const [first] = differing;
  if (first === undefined) return undefined;
  const field = declared.fields[first];
  const each = differing.map((resource) => {
    const [says, has] = [amountOf(declared.current, resource), amountOf(live.resources, resource)];
    return `${resource} ${says ?? "nothing"}, the cluster ${has ?? "nothing"}${writtenBy(live, resource)}`;
  });
  return {
    code: "drift",
    message: `the file says ${each.join("; ")}: it is not synced, or set elsewhere`,
    ...(field.status === "refused" ? {} : { file: field.place.file, line: field.place.line }),
  };
}

/** The numbers that count otherwise in the cluster than they are declared. */
export function differingFields(declared: ScannedContainer, live: Container): ResourceField[] {
  return RESOURCE_FIELDS.filter(
    (field) => !sameQuantity(effective(declared.current, field), effective(live.resources, field)),
  );
}

function writtenBy({ writers = [] }: Container, field: ResourceField): string {
  const names = writers.filter(({ fields }) => fields.includes(field)).map(({ manager }) => manager);
  return names.length === 0 ? "" : ` (by ${names.join(", ")})`;
}

/** Kubernetes takes a limit for the request that is missing. */
function effective(resources: Resources, field: ResourceField): string | undefined {
  const amount = amountOf(resources, field);
  if (amount !== undefined || field.startsWith("limits")) return amount;
  return amountOf(resources, field === "requests.cpu" ? "limits.cpu" : "limits.memory");
}
