import type { Guard } from "../guard.ts";
import { readable } from "../readable.ts";
import { recentHeight } from "../starved.ts";

/** So much more than as near as may be, so that rounding does not make it too near. */
const A_HAIR = 1.001;

/** A limit is not lowered so near to the use that the next sweep would raise it again. */
export const nearLimit: Guard = ({ resource, usage, current, atMs, policy }) => {
  if (current.limit === undefined) return [];
  const percent = policy.guards.nearLimitPercent;
  const least = readable(resource, (recentHeight(usage, resource, atMs) * 100 * A_HAIR) / percent);
  return [
    {
      side: "limits",
      code: "near-limit",
      message: `the 99th percentile of the last days stays below ${percent} % of it`,
      least: Math.min(current.limit, least),
      firm: true,
    },
  ];
};
