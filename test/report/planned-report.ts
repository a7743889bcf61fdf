import type { PlanReport } from "../../src/report/plan-report.ts";
import { reportContainer } from "../../src/report/plan-report.ts";
import { type Place, planned } from "../proposals/planned.ts";

/** A report of one container in one proposal, with the same text in every place that comes from outside. */
export function reportOf(text: string, place: Place = {}): PlanReport {
  const container = planned({
    name: text,
    container: text,
    file: text,
    cluster: text,
    reason: text,
    ...place,
  });
  return {
    version: 1,
    cluster: text,
    window: { start: "2026-01-01T00:00:00.000Z", end: "2026-01-15T00:00:00.000Z" },
    containers: [reportContainer(container)],
    proposals: [
      {
        title: text,
        repository: text,
        files: [{ path: text, diff: `--- a\n+++ b\n@@ -1 +1 @@\n-${text}\n+b\n` }],
        containers: [],
      },
    ],
    missingRepositories: [],
    warnings: [text],
    stats: { metricsProtocol: "PromQL", metricsRequests: 1, metricsBytes: 1, renders: 0, seconds: 0.1 },
  };
}
