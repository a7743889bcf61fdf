import { baseUnits } from "./quantity.ts";
import type { Amounts } from "./resources.ts";

/** Requests summed over replicas. */
export interface Totals {
  readonly cores: number;
  readonly bytes: number;
}

/** A workload whose replicas are unknown counts once. */
export function totalRequests(
  entries: Iterable<{ readonly requests: Amounts; readonly replicas: number | null | undefined }>,
): Totals {
  let cores = 0;
  let bytes = 0;
  for (const { requests, replicas } of entries) {
    cores += baseUnits(requests.cpu ?? "0") * (replicas ?? 1);
    bytes += baseUnits(requests.memory ?? "0") * (replicas ?? 1);
  }
  return { cores, bytes };
}
