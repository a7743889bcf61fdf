import { baseUnits } from "../../domain/quantity.ts";
import type { Bound } from "../guard.ts";
import { readable, wholeBelow } from "../readable.ts";
import type { Situation } from "../situation.ts";

/** The least request beside a limit, where a LimitRange bounds how many times the request a limit may be. */
export function requestBeside(limit: number, situation: Situation): Bound[] {
  return ratios(situation).map(({ ratio, ...reason }) => ({
    ...reason,
    side: "requests",
    least: readable(situation.resource, limit / ratio),
    firm: true,
  }));
}

/** The largest limit beside a request. */
export function limitBeside(request: number, situation: Situation): Bound[] {
  return ratios(situation).map(({ ratio, ...reason }) => ({
    ...reason,
    side: "limits",
    most: wholeBelow(situation.resource, request * ratio),
  }));
}

function ratios({ resource, workload, surroundings }: Situation) {
  return surroundings.containerRanges.flatMap(({ namespace, name, maxLimitRequestRatio }) => {
    const ratio = baseUnits(maxLimitRequestRatio[resource] ?? "0");
    if (namespace !== workload.namespace || ratio < 1) return [];
    return [
      {
        code: "limit-range",
        message: `the LimitRange "${name}" allows a limit of at most ${ratio} times the request`,
        ratio,
      },
    ];
  });
}
