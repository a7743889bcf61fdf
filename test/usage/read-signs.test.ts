import { describe, expect, it } from "vitest";
import type { Signs } from "../../src/domain/signs.ts";
import { sourceOf } from "../../src/metrics/recording.ts";
import { readSigns } from "../../src/usage/read-signs.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 22);
const MERGE = START + 2 * HOUR;
const END = START + 3 * HOUR;
const API = { kind: "Deployment", namespace: "shop", name: "api" } as const;
const POD = { namespace: "shop", pod: "api-7d4b9c5f6d-x2x4z" };
const APP = { ...POD, container: "app" };

/** A point a minute: what `value` says at that minute, nothing where that is undefined. */
function series(
  metric: string,
  labels: Readonly<Record<string, string>>,
  value: (minute: number) => number | undefined,
) {
  const points = Array.from(
    { length: 180 },
    (_, minute) => [START + minute * 60_000, value(minute)] as const,
  ).filter((point): point is [number, number] => point[1] !== undefined);
  return {
    metric,
    labels,
    timesMs: Float64Array.from(points.map(([at]) => at)),
    values: Float64Array.from(points.map(([, of]) => of)),
  };
}

async function signsOf(
  ...recorded: readonly ReturnType<typeof series>[]
): Promise<{ before?: Signs; after?: Signs }> {
  const owners = [
    series("kube_pod_owner", { ...POD, owner_kind: "ReplicaSet", owner_name: "api-7d4b9c5f6d" }, () => 1),
    series(
      "kube_replicaset_owner",
      { namespace: "shop", replicaset: "api-7d4b9c5f6d", owner_kind: "Deployment", owner_name: "api" },
      () => 1,
    ),
  ];
  const source = sourceOf({ series: [...owners, ...recorded], bytes: 0 });
  const signs = await readSigns(source, [API], { startMs: START, endMs: END });
  const [before, after] = [
    signs({ startMs: START, endMs: MERGE }),
    signs({ startMs: MERGE, endMs: END }),
  ].map((one) => one.get("Deployment/shop/api"));
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

describe("the signs of a workload", () => {
  it("are restarts, and kills where the reason says so, each in its time", async () => {
    const { before, after } = await signsOf(
      series("kube_pod_container_status_restarts_total", APP, (minute) =>
        minute < 60 ? 4 : minute < 130 ? 5 : minute < 150 ? 6 : 8,
      ),
      series("kube_pod_container_status_last_terminated_reason", { ...APP, reason: "OOMKilled" }, (minute) =>
        minute >= 130 ? 1 : undefined,
      ),
      series(
        "kube_pod_container_status_restarts_total",
        { ...APP, pod: "other-7d4b9c5f6d-x2x4z" },
        (minute) => minute,
      ),
    );
    expect(before).toMatchObject({ seconds: 7200 });
    expect(before?.containers.get("app")).toMatchObject({ restarts: 1, oomKills: 0 });
    expect(after?.containers.get("app")).toMatchObject({ restarts: 3, oomKills: 3 });
  });

  it("are what cAdvisor counts of throttling, whose counter begins anew with the container", async () => {
    const { after } = await signsOf(
      series("container_cpu_cfs_periods_total", APP, (minute) =>
        minute < 150 ? minute * 10 : (minute - 150) * 10,
      ),
      series("container_cpu_cfs_throttled_periods_total", APP, (minute) => minute * 4),
    );
    expect(after?.containers.get("app")).toMatchObject({ periods: 590, throttledPeriods: 240 });
  });

  it("are a pod that waits, and an autoscaler that can't go higher", async () => {
    const scaler = { namespace: "shop", horizontalpodautoscaler: "api" };
    const { before, after } = await signsOf(
      series("kube_pod_status_phase", { ...POD, phase: "Pending" }, (minute) =>
        minute >= 130 && minute < 150 ? 1 : 0,
      ),
      series(
        "kube_horizontalpodautoscaler_info",
        { ...scaler, scaletargetref_kind: "Deployment", scaletargetref_name: "api" },
        () => 1,
      ),
      series("kube_horizontalpodautoscaler_status_current_replicas", scaler, (minute) =>
        minute >= 120 ? 5 : 3,
      ),
      series("kube_horizontalpodautoscaler_spec_max_replicas", scaler, () => 5),
    );
    expect(before).toMatchObject({ pendingSeconds: 0, atMaximumSeconds: 0 });
    expect(after).toMatchObject({ pendingSeconds: 1200, atMaximumSeconds: 3600 });
  });
});
