import type { Window } from "../../src/domain/duration.ts";
import type { GeneratedContainer, GeneratedWorkload } from "./usage-generator.ts";

/** Two days. */
export const SAMPLE_WINDOW: Window = { startMs: Date.UTC(2026, 0, 5), endMs: Date.UTC(2026, 0, 7) };

/** One workload of each kind, and everything that makes reading them hard. */
export const SAMPLE_CLUSTER: readonly GeneratedWorkload[] = [
  {
    // Rolled out twice: the pods of two ReplicaSets were deleted in the window.
    kind: "Deployment",
    namespace: "shop",
    name: "api",
    replicas: 2,
    generations: 3,
    labels: { "app.kubernetes.io/name": "api", tier: "front" },
    autoscaler: { name: "api-scaler", resources: ["cpu"] },
    containers: [
      container("app", {
        resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "1Gi" } },
        resourcesBefore: { requests: { cpu: "250m", memory: "256Mi" }, limits: {} },
        cpu: { shape: "daily", low: 0.1, high: 0.9 },
        memory: { shape: "bursty", low: 2e8, high: 6e8 },
        restartHours: 7,
      }),
      container("proxy", {
        role: "sidecar",
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1" } },
      }),
      container("migrate", { role: "init", resources: { requests: { cpu: "1" }, limits: {} } }),
    ],
  },
  {
    kind: "Deployment",
    namespace: "shop",
    name: "api-worker",
    ownersHidden: true,
    generations: 2,
    labels: { tier: "back" },
    containers: [
      container("app", {
        resources: { requests: { cpu: "1500m", memory: "1500M" }, limits: {} },
        cpu: { shape: "bursty", low: 0.2, high: 1.4 },
        memory: { shape: "step", low: 3e8, high: 9e8 },
      }),
    ],
  },
  {
    kind: "Rollout",
    namespace: "shop",
    name: "cart",
    replicas: 2,
    generations: 2,
    containers: [container("cart", { cpu: { shape: "step", low: 0.3, high: 0.05 } })],
  },
  {
    kind: "StatefulSet",
    namespace: "data",
    name: "db",
    replicas: 2,
    generations: 2,
    gapHours: [20, 26],
    containers: [
      container("postgres", {
        resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "2", memory: "4Gi" } },
        resourcesBefore: { requests: { cpu: "1", memory: "1000001" }, limits: {} },
        cpu: { shape: "daily", low: 0.5, high: 1.5 },
        memory: { shape: "steady", low: 3 * 2 ** 30 },
      }),
    ],
  },
  {
    kind: "DaemonSet",
    namespace: "infra",
    name: "log-agent",
    replicas: 3,
    nanEvery: 10,
    containers: [
      container("agent", { resources: { requests: { memory: "100M" }, limits: { memory: "131073" } } }),
    ],
  },
  {
    kind: "CronJob",
    namespace: "data",
    name: "backup",
    everyHours: 8,
    containers: [container("dump", { cpu: { shape: "steady", low: 0.75 } })],
  },
  { kind: "Job", namespace: "data", name: "import", containers: [container("load", {})] },
  {
    kind: "Deployment",
    namespace: "shop",
    name: "old-api",
    gone: true,
    containers: [container("app", {})],
  },
];

function container(name: string, rest: Partial<GeneratedContainer>): GeneratedContainer {
  return {
    name,
    resources: { requests: {}, limits: {} },
    cpu: { shape: "steady", low: 0.05 },
    memory: { shape: "steady", low: 50 * 2 ** 20 },
    ...rest,
  };
}
