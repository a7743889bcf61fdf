import { heldBack } from "../advice/held-back.ts";
import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { RESOURCE_NAMES, RESOURCE_SIDES, type ResourceName } from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
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

/**
 * A line that feeds containers of several clusters gets the largest amount that one of them needs: where another of
 * them may not have that, all are left as they are.
 */
export function heldByOthers(located: readonly Located[]): Located[] {
  const byPlace = Map.groupBy(located, ({ location }) => ("at" in location ? location.at : undefined));
  return located.map((one) => {
    const others = "at" in one.location ? (byPlace.get(one.location.at) ?? []) : [];
    const reasons = new Map(
      RESOURCE_NAMES.flatMap((resource): [ResourceName, Reason][] => {
        const [held] = others.flatMap((other) =>
          other !== one && exceeds(one, other, resource) ? (against(other, resource) ?? []) : [],
        );
        return held ? [[resource, held]] : [];
      }),
    );
    if (reasons.size === 0) return one;
    return { ...one, advice: heldBack(one.advice, one.container.resources, reasons) };
  });
}

/** Whether more is recommended for one than another has or shall have. */
function exceeds(one: Located, other: Located, resource: ResourceName): boolean {
  const theirs = other.advice.recommended ?? other.container.resources;
  return RESOURCE_SIDES.some((side) => {
    const amount = one.advice.recommended?.[side][resource];
    return amount !== undefined && baseUnits(amount) > baseUnits(theirs[side][resource] ?? "0");
  });
}

function against({ cluster, workload, advice }: Located, resource: ResourceName): Reason | undefined {
  const held = [...advice.held, ...advice.guarded].find(
    (reason) => reason.resource === resource && NO_MORE.has(reason.code),
  );
  return (
    held && {
      code: "feeds-others",
      message: `its line also feeds ${workloadKey(workload)} in ${cluster}, where ${held.message}`,
    }
  );
}
