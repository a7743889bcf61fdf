import { tmpdir } from "node:os";
import path from "node:path";
import { parseConfig } from "../../src/config/load.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import type { Workload, WorkloadId } from "../../src/domain/workload.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import type { Tree } from "../../src/gitops/tree.ts";
import type { Proposal } from "../../src/proposals/proposal.ts";
import { type AdvisedContainer, adviseCluster, type ClusterSources } from "../../src/sweep/advise-cluster.ts";
import { planChanges } from "../../src/sweep/plan.ts";
import { methodOf, policiesOf, windowEnding } from "../../src/sweep/policy.ts";
import { DaySketcher } from "../../src/usage/day-sketcher.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import type { NamespaceUsage, SeriesDays } from "../../src/usage/usage-source.ts";
import { dayOf } from "../../src/usage/usage.ts";
import type { InstalledRenderers } from "../../scripts/install-renderers.ts";

const END_MS = Date.UTC(2026, 9, 15);
const STEP_MS = 300_000;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** What a container uses from its idlest to its busiest hour of a day. */
interface Use {
  /** Cores. */
  readonly cpu: readonly [low: number, high: number];
  /** Bytes. */
  readonly memory: readonly [low: number, high: number];
  /** So many days before the end it was killed for want of memory. */
  readonly killedDaysAgo?: number;
}

interface Running extends WorkloadId, Pick<Workload, "containers" | "disruptionBudgets"> {
  readonly replicas: number;
  readonly use: Use;
}

interface Typical {
  /** Of its golden file. */
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly clusters: Readonly<Record<string, readonly Running[]>>;
  /** Lines of `policy`. */
  readonly policy: string;
}

/** Pull requests as reviewers get them every day, from files and usage through every step to the body. */
export const TYPICAL: readonly Typical[] = [
  {
    name: "one-container-lowered",
    files: { "apps/api/deployment.yaml": deployment("api", "app", ["2", "1Gi"], "2Gi", 3) },
    clusters: {
      prod: [
        {
          ...running("api", "app", 3, ["2", "1Gi"], "2Gi", {
            cpu: [0.04, 0.19],
            memory: [600 * MIB, 640 * MIB],
          }),
          disruptionBudgets: [{ name: "api", counts: { mustStay: 2, pods: 3 } }],
        },
      ],
    },
    policy: "{ prices: { cpuCoreMonth: 24, memoryGiMonth: 3, currency: EUR } }",
  },
  {
    name: "several-raised",
    files: {
      "apps/shop/cart.yaml": deployment("cart", "cart", ["100m", "256Mi"], "256Mi", 4),
      "apps/shop/web.yaml": deployment("web", "web", ["200m", "512Mi"], "512Mi", 2),
      "apps/shop/mailer.yaml": deployment("mailer", "mailer", ["250m", "128Mi"], "256Mi", 1),
    },
    clusters: {
      prod: [
        {
          ...running("cart", "cart", 4, ["100m", "256Mi"], "256Mi", {
            cpu: [0.05, 0.08],
            memory: [190 * MIB, 255 * MIB],
            killedDaysAgo: 1,
          }),
          disruptionBudgets: [{ name: "cart-all", counts: { mustStay: 4, pods: 4 } }],
        },
        running("web", "web", 2, ["200m", "512Mi"], "512Mi", {
          cpu: [0.1, 0.45],
          memory: [400 * MIB, 430 * MIB],
        }),
        running("mailer", "mailer", 1, ["250m", "128Mi"], "256Mi", {
          cpu: [0.12, 0.2],
          memory: [90 * MIB, 110 * MIB],
        }),
      ],
    },
    policy: "{}",
  },
  {
    name: "shared-chart-value",
    files: {
      "charts/orders/Chart.yaml": "apiVersion: v2\nname: orders\nversion: 1.4.0\n",
      "charts/orders/values.yaml": `# Of every process of the service.\nresources:\n  requests:\n    cpu: "1"\n    memory: 2Gi\n  limits:\n    memory: 2Gi\n`,
      "charts/orders/templates/deployments.yaml": chartTemplates(),
    },
    clusters: {
      eu: [
        running("orders", "app", 3, ["1", "2Gi"], "2Gi", {
          cpu: [0.05, 0.3],
          memory: [0.7 * GIB, 0.75 * GIB],
        }),
        running("orders-worker", "app", 2, ["1", "2Gi"], "2Gi", {
          cpu: [0.02, 0.1],
          memory: [0.4 * GIB, 0.5 * GIB],
        }),
      ],
      us: [
        running("orders", "app", 2, ["1", "2Gi"], "2Gi", {
          cpu: [0.05, 0.42],
          memory: [0.6 * GIB, 0.7 * GIB],
        }),
        running("orders-worker", "app", 1, ["1", "2Gi"], "2Gi", {
          cpu: [0.01, 0.08],
          memory: [0.3 * GIB, 0.35 * GIB],
        }),
      ],
    },
    policy: "{}",
  },
];

/** The one pull request that a sweep would open for it. */
export async function proposalOf(
  { files, clusters, policy }: Typical,
  { current }: InstalledRenderers,
): Promise<Proposal> {
  const config = parseConfig(
    `version: 1\nclusters: [{ name: any, metricsFile: none }]\npolicy: ${policy}\n`,
    "loadline.yaml",
  );
  const window = windowEnding(END_MS, config.policy.window);
  const advised: AdvisedContainer[] = [];
  for (const [name, workloads] of Object.entries(clusters)) {
    const sources = clusterOf(name, workloads, window.startMs);
    const { containers } = await adviseCluster(sources, window, policiesOf(config), () => undefined);
    advised.push(...containers);
  }
  const renderer = await programRenderer({
    helm: current.helm,
    kubectl: current.kubectl,
    chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
  });
  const source = { name: "acme/shop", tree: treeOf(files), counts: () => true, isOwn: () => true };
  const { minimumCertainty } = config.policy;
  const options = { minimumCertainty, method: methodOf(config.policy), renderer };
  const { proposals, containers } = await planChanges(advised, [source], options, () => undefined);
  const [proposal, ...more] = proposals;
  if (!proposal || more.length > 0)
    throw new Error(
      `not one pull request: ${JSON.stringify(containers.map(({ held, source: at }) => [held, at.reason]))}`,
    );
  return proposal;
}

function clusterOf(name: string, workloads: readonly Running[], startMs: number): ClusterSources {
  return {
    name,
    selection: { namespaces: [], labels: {} },
    inventory: {
      discover: async () =>
        await Promise.resolve({
          workloads: workloads.map(({ use: _use, ...workload }) => ({
            ...workload,
            labels: {},
            annotations: {},
            autoscalers: [],
          })),
          warnings: [],
          surroundings: NO_SURROUNDINGS,
        }),
    },
    source: {
      protocol: "a story",
      cost: { requests: 0, bytes: 0 },
      read: async (namespace) =>
        await Promise.resolve(
          usageOf(
            workloads.filter((one) => one.namespace === namespace),
            startMs,
          ),
        ),
    },
    store: noStore(),
    sourceKey: name,
    [Symbol.asyncDispose]: async () => await Promise.resolve(),
  };
}

function usageOf(workloads: readonly Running[], startMs: number): NamespaceUsage {
  const pods = workloads.flatMap((workload) =>
    Array.from({ length: workload.replicas }, (_, index) => ({ workload, pod: `${workload.name}-${index}` })),
  );
  return {
    series: pods.flatMap(({ workload: { containers, use }, pod }) =>
      containers.flatMap(({ name: container }): SeriesDays[] =>
        (["cpu", "memory"] as const).map((resource) => ({
          resource,
          pod,
          container,
          job: "",
          days: daysOf(startMs, use[resource]),
        })),
      ),
    ),
    events: pods.flatMap(({ workload: { containers, use }, pod }) =>
      use.killedDaysAgo === undefined
        ? []
        : containers.map(({ name: container }) => ({
            pod,
            container,
            day: dayOf(END_MS) - (use.killedDaysAgo ?? 0),
            throttledPeriods: 0,
            periods: 0,
            oomKills: 2,
            restarts: 2,
          })),
    ),
    images: [],
    owners: pods.map(({ workload: { kind, name }, pod }) => ({ pod, kind, name })),
  };
}

/** Low at midnight, high at noon, a little more from day to day. */
function daysOf(startMs: number, [low, high]: readonly [number, number]): SeriesDays["days"] {
  const count = (END_MS - startMs) / STEP_MS;
  const times = Float64Array.from({ length: count }, (_, index) => startMs + index * STEP_MS);
  const values = times.map((timeMs, index) => {
    const noon = (1 - Math.cos((2 * Math.PI * (timeMs % 86_400_000)) / 86_400_000)) / 2;
    return low + (high - low) * noon * (0.8 + (0.2 * index) / count);
  });
  const sketcher = new DaySketcher("gauge");
  sketcher.add(times, values, count);
  return sketcher.finish();
}

function treeOf(files: Readonly<Record<string, string>>): Tree {
  return {
    files: async () => await Promise.resolve(Object.keys(files).sort()),
    read: async (file) => await Promise.resolve(new TextEncoder().encode(files[file] ?? "")),
  };
}

type Requests = readonly [cpu: string, memory: string];

function running(
  name: string,
  container: string,
  replicas: number,
  [cpu, memory]: Requests,
  limit: string,
  use: Use,
): Running {
  const resources = { requests: { cpu, memory }, limits: { memory: limit } };
  const containers = [{ name: container, role: "main" as const, resources }];
  return { kind: "Deployment", namespace: "shop", name, replicas, containers, use };
}

function deployment(
  name: string,
  container: string,
  [cpu, memory]: Requests,
  limit: string,
  replicas: number,
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: ${container}
          image: registry.acme.example/shop/${name}:1.0.0
          resources:
            requests:
              cpu: "${cpu}"
              memory: ${memory}
            limits:
              memory: ${limit}
`;
}

function chartTemplates(): string {
  return ["orders", "orders-worker"]
    .map(
      (name) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: app
          image: registry.acme.example/shop/orders:1.4.0
          resources: {{- toYaml .Values.resources | nindent 12 }}
`,
    )
    .join("---\n");
}
