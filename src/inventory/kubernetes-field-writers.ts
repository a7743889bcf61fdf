import { z } from "zod";
import { RESOURCE_FIELDS, splitField } from "../domain/resources.ts";
import type { Container, FieldWriter, WorkloadKind } from "../domain/workload.ts";

/** The containers, each with who last wrote its numbers as the object's `managedFields` tell. */
export function withWriters(
  containers: readonly Container[],
  kind: WorkloadKind,
  managedFields: z.output<typeof ManagedFields>,
): readonly Container[] {
  const job = kind === "CronJob" ? ["f:jobTemplate", "f:spec"] : [];
  const pods = managedFields.map((entry) => ({
    ...entry,
    pod: below(entry.fieldsV1, ["f:spec", ...job, "f:template", "f:spec"]),
  }));
  return containers.map((container) => {
    const writers = pods.flatMap((entry) => writerOf(entry, container));
    return writers.length === 0 ? container : { ...container, writers };
  });
}

function writerOf(
  { pod, manager, operation, time }: z.output<typeof Entry> & { readonly pod: unknown },
  { name, role }: Container,
): FieldWriter[] {
  const list = role === "main" ? "f:containers" : "f:initContainers";
  const resources = below(pod, [list, `k:${JSON.stringify({ name })}`, "f:resources"]);
  const fields = RESOURCE_FIELDS.filter((field) => {
    const [side, resource] = splitField(field);
    return below(resources, [`f:${side}`, `f:${resource}`]) !== undefined;
  });
  if (fields.length === 0) return [];
  return [{ manager, operation, fields, ...(time === undefined ? {} : { atMs: time }) }];
}

/** What stands at a path of field names; `undefined` where the path ends before. */
function below(fields: unknown, path: readonly string[]): unknown {
  let at = fields;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

const Entry = z.object({
  manager: z
    .string()
    .min(1)
    .max(128)
    .transform((text) => text.replaceAll(/[^\u0020-\u007E]/g, "?")),
  operation: z.enum(["Apply", "Update"]),
  /** Of another part of the object, such as `status` or `scale`. */
  subresource: z.string().optional().catch(undefined),
  time: z
    .string()
    .transform((text) => Date.parse(text))
    .pipe(z.int())
    .optional()
    .catch(undefined),
  fieldsV1: z.unknown(),
});

/** So many programs do not share an object. */
const MOST_MANAGERS = 100;

export const ManagedFields = z
  .array(z.unknown())
  .catch([])
  .transform((entries) =>
    entries.slice(0, MOST_MANAGERS).flatMap((entry) => {
      const { data } = Entry.safeParse(entry);
      return data === undefined ? [] : [data];
    }),
  );
