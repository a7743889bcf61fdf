import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { recordedSource } from "../../src/metrics/recording.ts";
import type { SeriesSource } from "../../src/metrics/series-source.ts";
import { readEvents } from "../../src/usage/events.ts";
import { readImages } from "../../src/usage/images.ts";
import type { EventDay } from "../../src/usage/usage-source.ts";
import { DAY_MS, dayOf } from "../../src/usage/usage.ts";
import { prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { startVictoriaMetrics, victoriaMetricsAvailable } from "../support/victoria-metrics.ts";

const START = Date.UTC(2026, 0, 5);
const [ONE, TWO, THREE] = [dayOf(START), dayOf(START) + 1, dayOf(START) + 2];
/** Two days and six hours of the third. */
const window = { startMs: START, endMs: START + 2.25 * DAY_MS };

/** A sample every five minutes, 60 s after the full ones, of what `valueAt` says for an hour. */
function series(
  name: string,
  labels: string,
  valueAt: (hour: number) => number,
  [from, to] = [-2, 54],
): string[] {
  const lines: string[] = [];
  for (let minute = from * 60; minute < to * 60; minute += 5)
    lines.push(`${name}{${labels}} ${valueAt(minute / 60)} ${START / 1000 + minute * 60 + 60}`);
  return lines;
}

const app = 'namespace="shop",pod="api-1",container="app"';
const db = 'namespace="data",pod="db-0",container="db"';
const sink = 'namespace="logs",pod="sink-0",container="sink"';
const queue = 'namespace="logs",pod="queue-0",container="queue"';
const late = 'namespace="jobs",pod="late-0",container="late"';
const restless = 'namespace="jobs",pod="restless-0",container="restless"';
const cache = 'namespace="data",pod="cache-0",container="cache"';
const throttled = "container_cpu_cfs_throttled_periods_total";
const lines = [
  `# TYPE ${throttled.slice(0, -6)} counter`,
  // 10 an hour until the container restarts at hour 12, then 20 an hour; a second job sees the same.
  ...["kubelet", "agent"].flatMap((job) => [
    ...series(throttled, `${app},job="${job}",id="/1"`, (hour) => 1000 + 10 * hour, [-2, 12]),
    ...series(throttled, `${app},job="${job}",id="/2"`, (hour) => 20 * (hour - 12), [12, 54]),
  ]),
  ...series(throttled, 'namespace="shop",pod="api-1",container="",id="/0"', (hour) => 1000 + 99 * hour),
  "# TYPE container_cpu_cfs_periods counter",
  ...series("container_cpu_cfs_periods_total", `${app},id="/1"`, (hour) => 72_000 + 36_000 * hour),
  // Periods alone are no event.
  ...series("container_cpu_cfs_periods_total", `${db},id="/1"`, (hour) => 72_000 + 36_000 * hour),
  "# TYPE container_oom_events counter",
  ...series("container_oom_events_total", `${app},id="/1"`, (hour) => (hour < 30 ? 0 : 3)),
  "# TYPE kube_pod_container_status_restarts counter",
  // Killed once on the first day, ended for another reason on the third.
  ...series("kube_pod_container_status_restarts_total", db, (hour) => (hour < 5 ? 0 : hour < 50 ? 1 : 2)),
  ...series("kube_pod_container_status_restarts_total", late, (hour) => (hour < 23.75 ? 0 : 1)),
  ...series("kube_pod_container_status_restarts_total", restless, (hour) =>
    hour < 5 ? 0 : hour < 26 ? 1 : hour < 28 ? 2 : 3,
  ),
  ...series("kube_pod_container_status_restarts_total", sink, (hour) => (hour < 5 ? 0 : hour < 50 ? 1 : 2)),
  ...series(
    "kube_pod_container_status_restarts_total",
    queue,
    (hour) => (hour < 5 ? 0 : hour < 30 ? 1 : hour < 32 ? 2 : 3),
    [-2, 40],
  ),
  "# TYPE kube_pod_container_status_last_terminated_reason gauge",
  ...series("kube_pod_container_status_last_terminated_reason", `${db},reason="OOMKilled"`, () => 1, [5, 50]),
  ...series("kube_pod_container_status_last_terminated_reason", `${db},reason="Error"`, () => 1, [50, 54]),
  // Killed on the first day, killed again on the third.
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${sink},reason="OOMKilled"`,
    () => 1,
    [5, 54],
  ),
  // Killed on the first day; on the second ended for another reason, killed again, and deleted.
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${queue},reason="OOMKilled"`,
    () => 1,
    [5, 30],
  ),
  ...series("kube_pod_container_status_last_terminated_reason", `${queue},reason="Error"`, () => 1, [30, 32]),
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${queue},reason="OOMKilled",uid="2"`,
    () => 1,
    [32, 40],
  ),
  // Killed shortly before midnight.
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${late},reason="OOMKilled"`,
    () => 1,
    [23.75, 54],
  ),
  // Killed on the first day, ended twice on the second: whether the first of them was a kill, nobody knows.
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${restless},reason="OOMKilled"`,
    () => 1,
    [5, 26],
  ),
  ...series(
    "kube_pod_container_status_last_terminated_reason",
    `${restless},reason="Error"`,
    () => 1,
    [26, 54],
  ),
  "# TYPE kube_pod_container_info gauge",
  ...series("kube_pod_container_info", `${app},image="sha256:1",image_spec="shop/app:2"`, () => 1, [0, 9]),
  ...series("kube_pod_container_info", `${db},image="postgres:17"`, () => 1),
  // Released in place, and taken back.
  ...series("kube_pod_container_info", `${cache},image="redis:7",uid="1"`, () => 1, [-2, 20.5]),
  ...series("kube_pod_container_info", `${cache},image="redis:8",uid="2"`, () => 1, [20.5, 30]),
  ...series("kube_pod_container_info", `${cache},image="redis:7",uid="3"`, () => 1, [30, 54]),
  "# TYPE kube_pod_init_container_info gauge",
  ...series("kube_pod_init_container_info", `${app.replace("app", "proxy")},image="mesh:1"`, () => 1),
  "# EOF",
];

const none = { throttledPeriods: 0, periods: 0, oomKills: 0, restarts: 0 };
const EVENTS = {
  shop: [
    { pod: "api-1", container: "app", day: ONE, ...none, throttledPeriods: 360, periods: 864_000 },
    {
      pod: "api-1",
      container: "app",
      day: TWO,
      ...none,
      throttledPeriods: 480,
      periods: 864_000,
      oomKills: 3,
    },
    { pod: "api-1", container: "app", day: THREE, ...none, throttledPeriods: 120, periods: 216_000 },
  ],
  data: [
    { pod: "db-0", container: "db", day: ONE, ...none, periods: 864_000, oomKills: 1, restarts: 1 },
    { pod: "db-0", container: "db", day: THREE, ...none, periods: 216_000, restarts: 1 },
  ],
  jobs: [
    { pod: "late-0", container: "late", day: ONE, ...none, restarts: 1, oomKills: 1 },
    { pod: "restless-0", container: "restless", day: ONE, ...none, restarts: 1, oomKills: 1 },
    { pod: "restless-0", container: "restless", day: TWO, ...none, restarts: 2, oomKills: 1 },
  ],
  logs: [
    { pod: "sink-0", container: "sink", day: ONE, ...none, restarts: 1, oomKills: 1 },
    { pod: "sink-0", container: "sink", day: THREE, ...none, restarts: 1, oomKills: 1 },
    { pod: "queue-0", container: "queue", day: ONE, ...none, restarts: 1, oomKills: 1 },
    { pod: "queue-0", container: "queue", day: TWO, ...none, restarts: 2, oomKills: 1 },
  ],
};
const IMAGES = {
  shop: [
    { pod: "api-1", container: "app", image: "shop/app:2" },
    { pod: "api-1", container: "proxy", image: "mesh:1" },
  ],
  data: [
    { pod: "db-0", container: "db", image: "postgres:17" },
    { pod: "cache-0", container: "cache", image: "redis:7" },
    { pod: "cache-0", container: "cache", image: "redis:8", fromDay: ONE },
    { pod: "cache-0", container: "cache", image: "redis:7", fromDay: TWO },
  ],
};

const stack = new AsyncDisposableStack();
const sources = new Map<string, SeriesSource>();
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadline-events-"));
  stack.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "events.txt"), `${lines.join("\n")}\n`);
  sources.set("a recording", await recordedSource(join(folder, "events.txt")));
  if (prometheusAvailable) {
    const { url } = stack.use(await startPrometheus({ openMetrics: lines }));
    sources.set("Prometheus", prometheusSource({ url }));
  }
  if (victoriaMetricsAvailable) {
    const { url } = stack.use(await startVictoriaMetrics({ openMetrics: lines }));
    sources.set("VictoriaMetrics", prometheusSource({ url }));
  }
});
afterAll(() => stack.disposeAsync());

describe.each([
  ["a recording", true],
  ["Prometheus", prometheusAvailable],
  ["VictoriaMetrics", victoriaMetricsAvailable],
])("what happened to containers, from %s", (name, available) => {
  const source = (): SeriesSource => {
    const found = sources.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };

  it.skipIf(!available)("is told by day", async () => {
    const events = await readEvents(source(), ["shop", "data", "logs", "jobs"], window);
    expect(roughly(Object.fromEntries(events))).toEqual(roughly(EVENTS));
  });

  it.skipIf(!available)("is told for the namespaces asked for", async () => {
    const events = await readEvents(source(), ["data", "none"], window);
    expect([...events.keys()]).toEqual(["data"]);
  });

  it.skipIf(!available)("comes with the images that pods ran, deleted ones too", async () => {
    const images = Object.fromEntries(await readImages(source(), ["shop", "data"], window));
    expect(images["shop"]).toEqual(expect.arrayContaining(IMAGES.shop));
    expect(images["data"]).toHaveLength(IMAGES.data.length);
    expect(images["data"]).toEqual(expect.arrayContaining(IMAGES.data));
    const inTurn = images["data"]?.filter(({ pod }) => pod === "cache-0").map(({ image }) => image);
    expect(inTurn).toEqual(["redis:7", "redis:8", "redis:7"]);
  });
});

describe.skipIf(!prometheusAvailable)("what happened to containers", () => {
  it("costs nine requests and one for images, however many namespaces there are", async () => {
    await using prometheus = await startPrometheus({ openMetrics: lines });
    const source = prometheusSource({ url: prometheus.url });
    const namespaces = Array.from({ length: 200 }, (_, index) => `namespace-${index}`);
    expect((await readEvents(source, namespaces, window)).size).toBe(0);
    expect(source.cost.requests).toBe(9);
    await readImages(source, namespaces, window);
    expect(source.cost.requests).toBe(10);
  });
});

/** Servers stretch increases to whole days: of what comes often, hours of it count. */
function roughly(events: Readonly<Record<string, readonly EventDay[]>>): object {
  return Object.entries(events)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, days]) => [
      namespace,
      days
        .toSorted((a, b) => a.day - b.day || (a.pod < b.pod ? -1 : 1))
        .map((day) => ({
          ...day,
          throttledPeriods: Math.round(day.throttledPeriods / 20),
          periods: Math.round(day.periods / 36_000),
        })),
    ]);
}
