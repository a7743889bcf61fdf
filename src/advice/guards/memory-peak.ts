import type { Guard } from "../guard.ts";
import { readable } from "../readable.ts";
import { peakOf } from "../seen.ts";

/** Memory can't be taken back from a program: it keeps what it needed at its height, and a margin. */
export const memoryPeak: Guard = ({ resource, usage, policy }) => {
  if (resource !== "memory") return [];
  const { memoryPeakMarginPercent: margin } = policy.guards;
  const least = readable("memory", peakOf(usage, "memory") * (1 + margin / 100));
  const reason = {
    code: "memory-peak",
    message: `its highest use and ${margin} % stay below it`,
    least,
    firm: true,
  } as const;
  return [
    { ...reason, side: "requests" },
    { ...reason, side: "limits" },
  ];
};
