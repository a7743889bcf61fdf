import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observeUsage } from "../../src/usage/observe.ts";
import { openMetricsFile } from "../../src/usage/providers/metrics-file.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import { DAY_MS, dayOf, type WorkloadUsage } from "../../src/usage/usage.ts";
import { workload } from "../support/kubernetes-objects.ts";

const START = Date.UTC(2026, 0, 5);
const [ONE, TWO] = [dayOf(START), dayOf(START) + 1];
const window = { startMs: START, endMs: START + 2 * DAY_MS };

/** A pod that lives on one day, with one container that uses so many bytes, and what controls it. */
function pod(
  name: string,
  container: string,
  day: number,
  bytes: number,
  owner?: [kind: string, name: string],
) {
  const minutes = Array.from({ length: 1440 }, (_, minute) => (day * DAY_MS) / 1000 + minute * 60);
  const labels = `namespace="shop",pod="${name}"`;
  return [
    ...minutes.map(
      (at) => `container_memory_working_set_bytes{${labels},container="${container}"} ${bytes} ${at}`,
    ),
    ...(owner
      ? minutes.map(
          (at) => `kube_pod_owner{${labels},owner_kind="${owner[0]}",owner_name="${owner[1]}"} 1 ${at}`,
        )
      : []),
  ];
}

function replicaSet(name: string, deployment: string, day: number): string {
  return `kube_replicaset_owner{namespace="shop",replicaset="${name}",owner_kind="Deployment",owner_name="${deployment}"} 1 ${(day * DAY_MS) / 1000 + 60}`;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "loadline-names-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function observed(lines: readonly string[], kinds: readonly ("Deployment" | "StatefulSet")[]) {
  const file = path.join(folder, "usage.om");
  await writeFile(file, [...lines, "# EOF\n"].join("\n"));
  const { usage, series } = await openMetricsFile(file);
  const workloads = kinds.map((kind) => workload({ kind, namespace: "shop", name: "api" }, {}));
  const found = new Map<string, WorkloadUsage>();
  const setup = { source: usage, owners: series, store: noStore(), sourceKey: "" };
  await observeUsage(setup, workloads, window, (_, read) => read.forEach((one, key) => found.set(key, one)));
  return Object.fromEntries(
    [...found].map(([key, { containers }]) => [
      key,
      containers.map(({ container, days }) => [
        container,
        days.map(({ day, memory }) => [day, memory?.values.max]),
      ]),
    ]),
  );
}

describe("a name that is used again", () => {
  it("is one Deployment, deleted and made anew", async () => {
    const lines = [
      ...pod("api-5f6d7c8b9d-x2x4v", "app", ONE, 100, ["ReplicaSet", "api-5f6d7c8b9d"]),
      ...pod("api-7d4b9c6f5d-b5b7z", "app", TWO, 200, ["ReplicaSet", "api-7d4b9c6f5d"]),
      replicaSet("api-5f6d7c8b9d", "api", ONE),
      replicaSet("api-7d4b9c6f5d", "api", TWO),
    ];
    expect(await observed(lines, ["Deployment"])).toEqual({
      "Deployment/shop/api": [
        [
          "app",
          [
            [ONE, 100],
            [TWO, 200],
          ],
        ],
      ],
    });
  });

  it("is two workloads of different kinds, also at the same time", async () => {
    const lines = [
      ...pod("api-0", "app", ONE, 100, ["StatefulSet", "api"]),
      ...pod("api-7d4b9c6f5d-b5b7z", "app", TWO, 200, ["ReplicaSet", "api-7d4b9c6f5d"]),
      replicaSet("api-7d4b9c6f5d", "api", TWO),
    ];
    expect(await observed(lines, ["Deployment", "StatefulSet"])).toEqual({
      "StatefulSet/shop/api": [["app", [[ONE, 100]]]],
      "Deployment/shop/api": [["app", [[TWO, 200]]]],
    });
  });

  it("is nobody's where the pod of that name was another's", async () => {
    const lines = [
      ...pod("api-7d4b9c6f5d-b5b7z", "app", ONE, 100, ["ReplicaSet", "api-7d4b9c6f5d"]),
      replicaSet("api-7d4b9c6f5d", "other", ONE),
    ];
    expect(await observed(lines, ["Deployment"])).not.toHaveProperty("Deployment/shop/api");
  });
});

it("a container that was renamed has its own days only", async () => {
  const lines = [
    ...pod("api-5f6d7c8b9d-x2x4v", "app", ONE, 900, ["ReplicaSet", "api-5f6d7c8b9d"]),
    ...pod("api-7d4b9c6f5d-b5b7z", "server", TWO, 200, ["ReplicaSet", "api-7d4b9c6f5d"]),
    replicaSet("api-5f6d7c8b9d", "api", ONE),
    replicaSet("api-7d4b9c6f5d", "api", TWO),
  ];
  expect(await observed(lines, ["Deployment"])).toEqual({
    "Deployment/shop/api": [
      ["app", [[ONE, 900]]],
      ["server", [[TWO, 200]]],
    ],
  });
});
