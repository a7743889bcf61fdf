import type { Guard } from "../guard.ts";
import { readable } from "../readable.ts";
import { peakOf } from "../seen.ts";

/** A CPU limit below the highest use would throttle what ran freely. */
export const cpuPeak: Guard = ({ resource, usage, current }) => {
  if (resource !== "cpu" || current.limit === undefined) return [];
  const least = Math.min(current.limit, readable("cpu", peakOf(usage, "cpu")));
  return [
    {
      side: "limits",
      code: "cpu-peak",
      message: "a lower limit would throttle its highest use",
      least,
      firm: true,
    },
  ];
};
