import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { Policy, Prices } from "./policy.ts";
import { quantityOf } from "./readable.ts";

const TOLERANCE = 1e-9;

/** Why a change is not worth a review; `undefined` where it is. */
export function insignificant(
  before: number | undefined,
  after: number,
  resource: ResourceName,
  replicas: number,
  policy: Policy,
): Reason | undefined {
  if (before === undefined) return undefined;
  const difference = Math.abs(after - before);
  const percent = before === 0 ? Number.POSITIVE_INFINITY : (difference / before) * 100;
  const [from, to] = [quantityOf(resource, before), quantityOf(resource, after)];
  // A hair of tolerance, so that 1 → 0.9, in floating point a little less than a tenth, is a tenth.
  if (percent < policy.minimumChangePercent - TOLERANCE)
    return {
      code: "change-too-small",
      message: `${from} → ${to} is less than ${policy.minimumChangePercent} %`,
    };
  const least = policy.minimumChange[resource];
  if (difference * replicas < baseUnits(least) * (1 - TOLERANCE))
    return {
      code: "change-too-small",
      message: `${from} → ${to} is less than ${least} in all replicas together`,
    };
  return undefined;
}

/** What lowered requests of one container save in a month, in the currency of the prices. */
export function savings(
  lowered: Readonly<Partial<Record<ResourceName, number>>>,
  replicas: number,
  { cpuCoreMonth, memoryGiMonth }: Prices,
): number {
  const each = (lowered.cpu ?? 0) * cpuCoreMonth + ((lowered.memory ?? 0) / 2 ** 30) * memoryGiMonth;
  return each * replicas;
}
