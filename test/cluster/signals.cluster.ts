import { readFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";
import { prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { generateUsage } from "../support/usage-generator.ts";
import { AfterMergeSeries } from "./support/after-merge-series.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";
import { loadlineAccount } from "./support/loadline-account.ts";
import { type RunningLoadline, startLoadline } from "./support/loadline-app.ts";

const HOUR = 3_600_000;
const NOW = Math.floor(Date.now() / 300_000) * 300_000;

/** What becomes worse of each Deployment after the merge, and what its signals say. */
const STORIES = {
  slow: (series) => series.gauge("request_seconds", { service: "slow" }, 0.1, 0.3),
  failing: (series) => {
    series.counter("requests", { service: "failing" }, 600, 600);
    series.counter("errors", { service: "failing" }, 12, 120);
  },
  spread: (series) => {
    for (const pod of ["a", "b"]) series.gauge("request_seconds", { service: "spread", pod }, 0.1, 0.4);
  },
  queued: (series) => {
    const pod = { namespace: "shop", pod: series.podOf("queued"), phase: "Pending" };
    series.gauge("kube_pod_status_phase", pod, 0, 1);
  },
  full: (series) => {
    const scaler = { namespace: "shop", horizontalpodautoscaler: "full" };
    const target = { scaletargetref_kind: "Deployment", scaletargetref_name: "full" };
    series.gauge("kube_horizontalpodautoscaler_info", { ...scaler, ...target }, 1, 1);
    series.gauge("kube_horizontalpodautoscaler_spec_max_replicas", scaler, 5, 5);
    series.gauge("kube_horizontalpodautoscaler_status_current_replicas", scaler, 2, 5);
  },
  silent: () => undefined,
  vanished: (series) => series.gauge("request_seconds", { service: "vanished" }, 0.1, undefined),
  idle: (series) => {
    series.counter("requests", { service: "idle" }, 0, 0);
    series.counter("errors", { service: "idle" }, 0, 0);
  },
  // More pods are no worse latency, each of them being as it was.
  grown: (series) => {
    for (const [index, pod] of ["a", "b", "c"].entries())
      series.gauge("request_seconds", { service: "grown", pod }, index === 0 ? 0.1 : undefined, 0.1);
  },
} satisfies Readonly<Record<string, (series: AfterMergeSeries) => void>>;

type Name = keyof typeof STORIES;
const NAMES = Object.keys(STORIES);
const HURT: readonly Name[] = ["slow", "failing", "spread", "queued", "full"];

const SIGNALS = [
  { name: "latency", query: 'request_seconds{service="$workload"}' },
  {
    name: "share of errors",
    query:
      'sum(rate(errors_total{service="$workload"}[10m])) / sum(rate(requests_total{service="$workload"}[10m]))',
    worsePercent: 100,
    ignoreBelow: 0.01,
  },
  { name: "wrong", query: 'sum(rate(requests_total{service="$workload"}[10m]' },
];

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined || !prometheusAvailable)("what is watched after a merge", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let github: GitHub;
  let shop: RepositoryHandle;
  let loadline: RunningLoadline;
  let aheadMs = 0;
  const pulls = new Map<string, number>();

  beforeAll(async () => {
    const usage = generateUsage(NAMES.map(worker), {
      seed: 5,
      window: { startMs: NOW - 2 * 24 * HOUR, endMs: NOW },
    });
    const series = new AfterMergeSeries(usage);
    for (const story of Object.values(STORIES)) story(series);
    const { url } = running.use(await startPrometheus({ openMetrics: series.lines() }));
    github = running.use(await startGitHub());
    const files = Object.fromEntries(NAMES.map((name) => [fileOf(name), deployment(name)]));
    shop = await github.createRepository("acme/shop", { files, private: false });
    plane = running.use(await startControlPlane());
    await plane.createNamespace("shop");
    await plane.apply(Object.values(files).join("---\n"));
    const { kubeconfig } = await loadlineAccount(plane);
    const configuration = stringify({
      version: 1,
      onboarding: false,
      store: "none",
      clusters: [{ name: "prod", inventory: "kubernetes", kubeconfig, prometheus: { url } }],
      repositories: [{ name: "acme/shop" }],
      policy: { window: "2d", afterMerge: { signals: SIGNALS } },
      pullRequests: { groupBy: "workload", limits: { open: 100, perHour: 100, perDay: 100 } },
    });
    loadline = running.use(
      await startLoadline({
        github,
        folder: plane.folder,
        configuration,
        now: () => Date.now() + aheadMs,
      }),
    );
  }, 180_000);
  afterAll(() => running.disposeAsync());

  const follow = async (): Promise<void> => {
    await loadline.serving.sweeper.follow();
    await loadline.quiet();
  };
  const comment = (name: string): string => shop.comments(pulls.get(name) ?? 0).at(-1)?.body ?? "";

  test("each change is merged, applied, and watched", async () => {
    expect((await loadline.serving.sweeper.sweep()).failures).toEqual([]);
    await loadline.quiet();
    for (const { number } of shop.pulls()) {
      const [change] = await shop.diff(number);
      pulls.set(path.basename(change?.path ?? "", ".yaml"), number);
      await shop.merge(number, "alice");
    }
    expect([...pulls.keys()].toSorted()).toEqual(NAMES.toSorted());
    await loadline.quiet();
    const files = await Promise.all(NAMES.map((name) => shop.file("main", fileOf(name))));
    await plane.apply(files.join("---\n"));
    await follow();
    for (const name of NAMES) expect(comment(name)).toContain("It is watched until");
  }, 180_000);

  test("what got worse is taken back, and what gives no answer is not", async () => {
    aheadMs = 3 * HOUR;
    await follow();
    const reverts = new Map(
      shop.pulls().flatMap(({ number, title, body }) => {
        const [, of] = /^Revert #(\d+)/.exec(title) ?? [];
        const [name] = [...pulls].find(([, merged]) => merged === Number(of)) ?? [];
        return name === undefined ? [] : [[name, { number, body: body ?? "" }] as const];
      }),
    );
    expect([...reverts.keys()].toSorted()).toEqual(HURT.toSorted());
    for (const name of HURT) expect(comment(name)).toContain(`it back:**`);
    const says = (name: Name): string => reverts.get(name)?.body ?? "";
    expect(says("slow")).toContain("latency: the median is 0.3 since the merge, and was 0.1 before");
    expect(says("failing")).toMatch(
      /share of errors: the median is 0\.2 since the merge, and was 0\.02 before/,
    );
    expect(says("spread")).toContain("latency: the median is 0.4 since the merge, and was 0.1 before");
    expect(says("queued")).toMatch(
      /a pod waited for a node for \d+ min, and none in the 24 h before the merge/,
    );
    expect(says("full")).toMatch(
      /its autoscaler stood at its maximum for \d+ min of 3 h, and for 0 min of the 24 h/,
    );
    expect(await readFile(path.join(plane.folder, "loadline.log"), "utf8")).toMatch(
      /the signal \\"wrong\\" of Deployment\/shop\/slow can't be read/,
    );
  }, 180_000);

  test("at the end it is said which signals said nothing", async () => {
    aheadMs = 25 * HOUR;
    await follow();
    const silent = (names: string): string =>
      `Nothing got worse after it. Of these signals there was too little to compare: ${names}.`;
    expect(comment("silent")).toContain(silent("latency, share of errors, wrong"));
    expect(comment("vanished")).toContain(silent("latency, share of errors, wrong"));
    expect(comment("idle")).toContain(silent("latency, share of errors, wrong"));
    expect(comment("grown")).toContain(silent("share of errors, wrong"));
    expect(shop.pulls().filter(({ title }) => title.startsWith("Revert"))).toHaveLength(HURT.length);
  }, 180_000);
});

const ASKS = { requests: { cpu: "200m", memory: "64Mi" }, limits: {} };

/** It uses half of the CPU that it asks for; what is to wait for a node needs twice as much. */
function worker(name: string) {
  const cores = name === "queued" ? 0.4 : 0.1;
  const bytes = 50 * 2 ** 20;
  return {
    namespace: "shop",
    kind: "Deployment",
    name,
    containers: [
      {
        name: "app",
        image: "registry.example/app:1",
        resources: ASKS,
        cpu: { shape: "steady", low: cores, high: cores },
        memory: { shape: "steady", low: bytes, high: bytes },
      },
    ],
  } as const;
}

function fileOf(name: string): string {
  return `apps/${name}.yaml`;
}

function deployment(name: string): string {
  const labels = { app: name };
  const container = { name: "app", image: "registry.example/app:1", resources: { requests: ASKS.requests } };
  return stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
}
