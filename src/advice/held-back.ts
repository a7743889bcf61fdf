import { sameQuantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import {
  type Amounts,
  changedFields,
  RESOURCE_NAMES,
  RESOURCE_SIDES,
  type ResourceName,
  type Resources,
  type ResourceSide,
} from "../domain/resources.ts";
import type { Advice } from "./advise.ts";
import { inForce } from "./pod-amount.ts";

/** Advice in which some resources stay as they are `now`, for reasons that end "250m would do, but …". */
export function heldBack(advice: Advice, now: Resources, reasons: ReadonlyMap<ResourceName, Reason>): Advice {
  const wanted = advice.recommended ?? now;
  const others = <Part extends { readonly resource: ResourceName }>(parts: readonly Part[]): Part[] =>
    parts.filter(({ resource }) => !reasons.has(resource));
  const amounts = (side: ResourceSide): Amounts =>
    Object.fromEntries(
      RESOURCE_NAMES.flatMap((name) => {
        const amount = (reasons.has(name) ? now : wanted)[side][name];
        return amount === undefined ? [] : [[name, amount]];
      }),
    );
  const kept = { requests: amounts("requests"), limits: amounts("limits") };
  const held = [...reasons].map(([resource, { code, message }]) => {
    return { resource, code, message: `${newOf(now, wanted, resource)} would do, but ${message}` };
  });
  return {
    ...advice,
    recommended: changedFields(now, kept).length === 0 ? null : kept,
    held: [...advice.held, ...held],
    because: others(advice.because),
    guarded: others(advice.guarded),
    urgent: others(advice.urgent),
  };
}

/** What was to change, the request first. */
function newOf(now: Resources, wanted: Resources, resource: ResourceName): string {
  const changed = RESOURCE_SIDES.find(
    (side) => !sameQuantity(inForce(now, side, resource), inForce(wanted, side, resource)),
  );
  const amount = inForce(wanted, changed ?? "requests", resource) ?? "more";
  return changed === "limits" ? `a limit of ${amount}` : amount;
}
