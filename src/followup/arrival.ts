import type { Marker } from "../proposals/marker.ts";
import { type FollowState, latenessOf } from "./state.ts";

/** How following a merge ended, as its pull request remembers it. */
export type Came = NonNullable<Marker["came"]>;

const LONGEST = 300;

/** `undefined` as long as it is followed. */
export function cameOf({ verdict, targets }: FollowState): Came | undefined {
  if (!verdict) return undefined;
  const followed = Object.values(targets).filter(({ left }) => left === undefined);
  const [late] = followed.flatMap((target) => latenessOf(target) ?? []);
  const healthy = followed.map(({ healthyMs }) => healthyMs ?? Infinity);
  const lastMs = Math.max(0, ...healthy);
  return {
    verdict,
    ...(lastMs > 0 && lastMs < Infinity ? { healthyAt: new Date(lastMs).toISOString() } : {}),
    ...(late ? { late: late.message.slice(0, LONGEST).toWellFormed() } : {}),
  };
}

/** What speaks against a merge that was followed to its end. */
export function whyUnwellAfter({ verdict, late }: Came): string | undefined {
  if (verdict === "worse") return "things got worse";
  if (verdict === "not-synced") return "it never came into the cluster";
  return late;
}

/** What a merge that is still followed waits for at a target, by {@link targetKey}; `undefined` where for nothing. */
export function whyStillFollowed({ targets, watchUntilMs }: FollowState, key: string): string | undefined {
  const target = targets[key];
  if (!target || target.left) return undefined;
  const { syncedMs, arrivedMs, healthyMs, waits } = target;
  const late = latenessOf(target);
  if (late) return late.message;
  if (syncedMs === undefined) return "it is not synced yet";
  if (arrivedMs === undefined) return "other amounts run than those that were merged";
  if (healthyMs === undefined && !waits) return "not all its pods are seen to be replaced and ready yet";
  return watchUntilMs === undefined
    ? "other workloads of that pull request are not there yet"
    : `it is watched until ${new Date(watchUntilMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
