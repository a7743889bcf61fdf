import type { Delivery } from "../../domain/delivery.ts";
import { RESOURCE_FIELDS, type ResourceField } from "../../domain/resources.ts";
import type { Container, FieldWriter } from "../../domain/workload.ts";
import { ignoredEffects } from "./ignored-effects.ts";
import type { MarkedWorkload } from "./marks.ts";
import { mergeDelays } from "./merge-delays.ts";
import type { MergeEffect } from "./merge-effect.ts";

/**
 * What makes a merge pointless comes first. `differing` are the numbers that live otherwise than they are
 * declared: whoever wrote the others first, the tool has nothing to write over.
 */
export function mergeEffects(
  delivery: Delivery,
  workload: MarkedWorkload,
  container: Container,
  differing: readonly ResourceField[],
): MergeEffect[] {
  return [
    ...notReconciled(workload),
    ...ignoredEffects(delivery, workload, container),
    ...foreignWriters(delivery, container, differing),
    ...mergeDelays(delivery),
  ].toSorted((a, b) => Number(b.pointless) - Number(a.pointless));
}

/** Annotations of the object by which Flux leaves it alone. */
function notReconciled({ annotations }: MarkedWorkload): MergeEffect[] {
  const own = [
    ["kustomize.toolkit.fluxcd.io/reconcile", ["disabled"]],
    ["kustomize.toolkit.fluxcd.io/ssa", ["Ignore", "IfNotPresent"]],
  ] as const;
  return own
    .filter(([key, values]) =>
      values.some((value) => annotations[key]?.toLowerCase() === value.toLowerCase()),
    )
    .map(([key]) => ({
      code: "not-reconciled",
      message: `its annotation ${key}: ${annotations[key] ?? ""} keeps Flux from changing it, so that a merge has no effect`,
      fields: RESOURCE_FIELDS,
      pointless: true,
    }));
}

/** As what the tools write. */
const OWN_MANAGERS: Readonly<Record<Delivery["tool"], readonly string[]>> = {
  "Argo CD": ["argocd-controller", "argocd-application-controller"],
  Flux: ["kustomize-controller", "helm-controller"],
};

/** Programs by which people write: once, and not again by themselves. */
const BY_HAND = /^(?:kubectl|k9s|Mozilla|node-fetch|unknown|freelens|lens|headlamp|dashboard|rancher)/i;

/** Numbers that the tool does not own, since another wrote them after it. */
function foreignWriters(
  { tool }: Delivery,
  { writers = [] }: Container,
  differing: readonly ResourceField[],
): MergeEffect[] {
  const isOwn = ({ manager }: FieldWriter): boolean => OWN_MANAGERS[tool].includes(manager);
  const own = new Set(writers.filter(isOwn).flatMap(({ fields }) => fields));
  return writers
    .filter((writer) => !isOwn(writer))
    .flatMap(({ manager, atMs, fields: written }): MergeEffect[] => {
      const fields = written.filter((field) => differing.includes(field) && !own.has(field));
      if (fields.length === 0) return [];
      const when = atMs === undefined ? "" : ` on ${new Date(atMs).toISOString()}`;
      const wrote = `${manager} wrote ${fields.join(", ")}${when}`;
      const writer = { manager, ...(atMs === undefined ? {} : { atMs }) };
      return BY_HAND.test(manager)
        ? [
            {
              code: "undoes",
              message: `${wrote}: syncing a merge undoes that`,
              fields,
              pointless: false,
              writer,
            },
          ]
        : [
            {
              code: "written-again",
              message: `${wrote}, and not ${tool}: what a merge sets, it would write over again; change it where ${manager} takes it from`,
              fields,
              pointless: true,
              writer,
            },
          ];
    });
}
