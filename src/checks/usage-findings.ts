import { baseUnits, cpuQuantity, isQuantity, memoryQuantity } from "../domain/quantity.ts";
import { amountOf, splitField } from "../domain/resources.ts";
import { type Finding, findingAt } from "./finding.ts";
import { touchedFields } from "./change-findings.ts";
import type { ContainerPair } from "./pair.ts";

/** What a container used, in cores or bytes; a resource that was not measured is absent. */
export interface MeasuredUse {
  readonly cpu?: { readonly p95: number; readonly max: number } | undefined;
  readonly memory?: { readonly p95: number; readonly max: number } | undefined;
}

/** What usage says of the numbers that a change sets: requests below the p95, memory limits below the peak. */
export function usageFindings({ before, after }: ContainerPair, used: MeasuredUse): Finding[] {
  if (!after) return [];
  return touchedFields(before?.current, after.current).flatMap((field): Finding[] => {
    const [side, name] = splitField(field);
    const amount = amountOf(after.current, field);
    const measured = used[name];
    if (amount === undefined || !isQuantity(amount) || !measured || (side === "limits" && name === "cpu"))
      return [];
    const { rule, mark, words } = side === "requests" ? REQUEST : LIMIT;
    if (baseUnits(amount) >= measured[mark]) return [];
    const shown = name === "cpu" ? cpuQuantity(measured[mark]) : memoryQuantity(measured[mark]);
    const message = `${field} ${amount} is below ${words} (${shown})`;
    return [findingAt(after, { rule, level: "warning", message }, field)];
  });
}

const REQUEST = { rule: "request-below-usage", mark: "p95", words: "what it used at p95" } as const;
const LIMIT = { rule: "limit-below-peak", mark: "max", words: "the most that it used" } as const;
