import { overCeiling } from "../advice/ceiling.ts";
import { heldBack } from "../advice/held-back.ts";
import { inForce } from "../advice/pod-amount.ts";
import { isMore } from "../advice/readable.ts";
import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import {
  amountOf,
  changedFields,
  RESOURCE_FIELDS,
  type ResourceField,
  type ResourceName,
  type Resources,
  splitField,
} from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
import { placeOf } from "../gitops/scan.ts";
import { placeKey } from "../gitops/trace/place.ts";
import type { Located } from "./locate/locate-containers.ts";

/** Why a container may not get more than it has, or than is recommended for it. */
const NO_MORE: ReadonlySet<string> = new Set([
  "disabled",
  "ignored",
  "hpa",
  "hpa-unknown",
  "quota",
  "node-room",
]);

/** A number of a container, and the line that sets it. */
interface Share {
  readonly one: Located;
  readonly field: ResourceField;
  readonly line: string;
}

/**
 * A line that feeds several containers, as those of several clusters, gets the largest amount that one of them needs:
 * where another of them may not have that, all are left as they are.
 */
export function heldByOthers(located: readonly Located[]): Located[] {
  const held = new Map<Located, Map<ResourceName, Reason>>();
  for (const shares of Map.groupBy(located.flatMap(sharesOf), ({ line }) => line).values()) {
    if (shares.length === 1) continue;
    const asked = shares.flatMap(({ one, field }) => {
      const amount = askedFor(one, field);
      return amount === undefined ? [] : [{ one, resource: splitField(field)[1], amount }];
    });
    const largest = asked.reduce((most, { amount }) => Math.max(most, amount), 0);
    // Whoever may have the largest may have less; so that not all have to be held against each other.
    const bounded = shares.filter((share) => against(share, largest) !== undefined);
    for (const [amount, asking] of Map.groupBy(asked, (each) => each.amount)) {
      const objections = bounded.flatMap((share) => {
        const reason = against(share, amount);
        return reason ? [{ one: share.one, reason }] : [];
      });
      for (const { one, resource } of asking) {
        const reason = objections.find((each) => each.one !== one)?.reason;
        if (reason) held.set(one, new Map(held.get(one)).set(resource, reason));
      }
    }
  }
  return located.map((one) => {
    const reasons = held.get(one);
    return reasons ? { ...one, advice: heldBack(one.advice, one.container.resources, reasons) } : one;
  });
}

function sharesOf(one: Located): Share[] {
  const { location } = one;
  if (!("at" in location)) return [];
  return RESOURCE_FIELDS.flatMap((field): Share[] => {
    const place = placeOf(location.at, field);
    return place ? [{ one, field, line: `${location.at.repository} ${placeKey(place)}` }] : [];
  });
}

/** In cores or bytes; `undefined` where the number is to stay, or to go. */
function askedFor({ container, advice: { recommended } }: Located, field: ResourceField): number | undefined {
  if (!recommended || !changedFields(container.resources, recommended).includes(field)) return undefined;
  const amount = amountOf(recommended, field);
  return amount === undefined ? undefined : baseUnits(amount);
}

/** Why a container may not have so much, in cores or bytes, where that is more than it would have. */
function against({ one, field }: Share, amount: number): Reason | undefined {
  const { cluster, workload, container, advice } = one;
  const [side, resource] = splitField(field);
  const own: Resources = advice.recommended ?? container.resources;
  if (!isMore(amount, baseUnits(inForce(own, side, resource) ?? "0"))) return undefined;
  const reason =
    [...advice.held, ...advice.guarded].find(
      (each) => each.resource === resource && NO_MORE.has(each.code),
    ) ?? overCeiling(one, field, amount);
  return (
    reason && {
      code: "feeds-others",
      message: `its line also feeds ${workloadKey(workload)} in ${cluster}, where ${reason.message}`,
    }
  );
}
