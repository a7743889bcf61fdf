import { type Bound, type Guard, notLowered } from "../guard.ts";
import { readable } from "../readable.ts";

/**
 * A runtime takes the heap it was promised, used or not yet: request and limit stay above it and what lies
 * beside it. A heap that is a share of the limit would shrink with the limit, which then is not lowered.
 */
export const heap: Guard = (situation) => {
  const { resource, container, policy } = situation;
  if (resource !== "memory") return [];
  return (container.heap ?? []).flatMap((setting): Bound[] => {
    if ("shareOfLimit" in setting)
      return notLowered(situation, {
        code: "heap",
        message: `${setting.flag} sizes the heap by the limit: a lower one would shrink it`,
      }).filter(({ side }) => side === "limits");
    const reason = {
      code: "heap",
      message: `${setting.flag} promises a heap of ${Math.round(setting.bytes / 2 ** 20)} MiB`,
      least: readable("memory", setting.bytes * (1 + policy.guards.heapHeadroomPercent / 100)),
      firm: true,
    } as const;
    return [
      { ...reason, side: "requests" },
      { ...reason, side: "limits" },
    ];
  });
};
