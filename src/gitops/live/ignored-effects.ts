import {
  type Delivery,
  DELIVERY_GROUPS,
  deliveryKey,
  type IgnoredDifference,
} from "../../domain/delivery.ts";
import type { ObjectId } from "../../domain/object-id.ts";
import { RESOURCE_FIELDS, type ResourceField, splitField } from "../../domain/resources.ts";
import { type Container, WORKLOAD_GROUPS } from "../../domain/workload.ts";
import type { MarkedWorkload } from "./marks.ts";
import { mergeDelays } from "./merge-delays.ts";
import type { MergeEffect } from "./merge-effect.ts";

/** What ignored differences do to a merge that changes a container. */
export function ignoredEffects(
  delivery: Delivery,
  workload: MarkedWorkload,
  container: Container,
): MergeEffect[] {
  const object = { ...workload, group: WORKLOAD_GROUPS[workload.kind] };
  return delivery.ignoresResources
    .filter((rule) => concerns(rule, object))
    .flatMap((rule) => effectOf(delivery, rule, ignoredFields(rule, container)));
}

/** What `parent` does with a merge that changes what a delivery sets inline: it delivers the delivery itself. */
export function declaringEffects(parent: Delivery, delivery: Delivery): MergeEffect[] {
  const object = { ...delivery, group: DELIVERY_GROUPS[delivery.kind] };
  const kept = parent.ignoresInline.filter((rule) => concerns(rule, object));
  return [...kept.flatMap((rule) => effectOf(parent, rule, RESOURCE_FIELDS)), ...mergeDelays(parent)];
}

function effectOf(
  delivery: Delivery,
  { by }: IgnoredDifference,
  fields: readonly ResourceField[],
): MergeEffect[] {
  if (fields.length === 0) return [];
  const ignores = `${deliveryKey(delivery)} ignores differences of ${by}`;
  return delivery.respectsIgnored
    ? [
        {
          code: "kept-by-sync",
          message: `${ignores} and keeps what lives when it syncs (RespectIgnoreDifferences), so that a merge has no effect`,
          fields,
          pointless: true,
        },
      ]
    : [
        {
          code: "not-noticed",
          message: `${ignores}: a merge alone is not noticed, and takes effect when something else is synced`,
          fields,
          pointless: false,
        },
      ];
}

function concerns(rule: IgnoredDifference, { group, kind, namespace, name }: ObjectId): boolean {
  return (
    [undefined, group].includes(rule.group) &&
    [undefined, kind].includes(rule.kind) &&
    [undefined, namespace].includes(rule.namespace) &&
    [undefined, name].includes(rule.name)
  );
}

function ignoredFields(
  { by, managers }: IgnoredDifference,
  { writers = [] }: Container,
): readonly ResourceField[] {
  if (managers === undefined) return RESOURCE_FIELDS.filter((field) => reaches(by, field));
  const theirs = writers.filter(({ manager }) => managers.includes(manager));
  return RESOURCE_FIELDS.filter((field) => theirs.some(({ fields }) => fields.includes(field)));
}

/** Of a pointer or an expression that names one side, or one number of it, only these are ignored. */
function reaches(by: string, field: ResourceField): boolean {
  const [, side, name] = /\bresources\b[^\w]*(requests|limits)?\b(?:[^\w]*(cpu|memory)\b)?/.exec(by) ?? [];
  const [ofField, resource] = splitField(field);
  return (side ?? ofField) === ofField && (name ?? resource) === resource;
}
