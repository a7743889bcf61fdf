import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { recordedSource } from "../../src/metrics/recording.ts";
import type { LastSample, Series, SeriesQuery, SeriesSource } from "../../src/metrics/series-source.ts";
import { type RunningPrometheus, prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { generateUsage } from "../support/usage-generator.ts";

const window = SAMPLE_WINDOW;
const CPU: SeriesQuery = {
  metric: "container_cpu_usage_seconds_total",
  matchers: [{ label: "namespace", is: "shop" }],
  window,
  by: ["pod", "container", "job"],
};
const MEMORY: SeriesQuery = { ...CPU, metric: "container_memory_working_set_bytes" };

describe.skipIf(!prometheusAvailable)("a real Prometheus", () => {
  let prometheus: RunningPrometheus;
  let source: SeriesSource;
  const lines = [...generateUsage(SAMPLE_CLUSTER, { seed: 11, window, duplicateJob: true }).lines()];

  beforeAll(async () => {
    prometheus = await startPrometheus({ openMetrics: lines });
    source = prometheusSource({ url: prometheus.url });
  });
  afterAll(() => prometheus[Symbol.asyncDispose]());

  it("gives the same from many points as from few: more than 11,000 a series are asked for in pieces", async () => {
    const query: SeriesQuery = { ...MEMORY, matchers: [{ label: "namespace", is: "infra" }] };
    const fine = await source.gauge(query, 15);
    expect(Math.max(...fine.map(({ timesMs }) => timesMs.length))).toBeGreaterThan(11_000);
    const coarse = fine.map(({ labels, timesMs, values }) => ({
      labels,
      timesMs: timesMs.filter((time) => time % 300_000 === 0),
      values: values.filter((_, index) => (timesMs[index] ?? 0) % 300_000 === 0),
    }));
    expect(sorted(coarse)).toEqual(sorted(await source.gauge(query, 300)));
  });

  it("answers the same as a recording of the same samples", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loadline-recording-"));
    const file = join(folder, "week.txt.gz");
    await writeFile(file, gzipSync(`${lines.join("\n")}\n`));
    const recording = await recordedSource(file);
    await rm(folder, { recursive: true });

    for (const query of [CPU, { ...CPU, by: ["container"] }, { ...CPU, window: oddWindow }]) {
      expectAlike(await recording.rate(query, 300), await source.rate(query, 300));
      expectAlike(
        await recording.gauge({ ...query, metric: MEMORY.metric }, 300),
        await source.gauge({ ...query, metric: MEMORY.metric }, 300),
      );
    }
    expectAlike(await recording.rate(CPU, 60), await source.rate(CPU, 60));
    for (const query of lastQueries)
      expect(sorted(await recording.last(query))).toEqual(sorted(await source.last(query)));
  });

  it("wants to see the user's password and the right certificate", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loadline-tls-"));
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    await execa("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=loadline".split(" "),
      ..."-addext subjectAltName=IP:127.0.0.1 -keyout".split(" "),
      key,
      "-out",
      cert,
    ]);
    await using server = await startPrometheus({
      webConfig: `tls_server_config: { cert_file: ${cert}, key_file: ${key} }\nbasic_auth_users: { admin: ${BCRYPT_OF_TEST} }\n`,
    });
    const ca = await readFile(cert, "utf8");
    const basicAuth = { username: "admin", password: "test" };
    const ask = (more: object): Promise<LastSample[]> =>
      prometheusSource({ url: server.url, retries: 0, ...more }).last(CPU);

    await expect(ask({ ca, basicAuth })).resolves.toEqual([]);
    await expect(ask({ insecureSkipVerify: true, basicAuth })).resolves.toEqual([]);
    await expect(ask({ ca, basicAuth: { username: "admin", password: "wrong" } })).rejects.toThrow(/401/);
    await expect(ask({ basicAuth })).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT; give the certificate/);
    await expect(ask({ url: server.url.replace("https", "http") })).rejects.toThrow(InputError);
    await rm(folder, { recursive: true });
  });
});

describe.skipIf(!prometheusAvailable)("a real Prometheus with few samples", () => {
  it("knows the newest value of each series once, also where the window is too long to ask for at once", async () => {
    const minutes = Array.from({ length: 1000 }, (_, minute) => minute);
    const at = (minute: number): number => window.startMs / 1000 + minute * 60;
    const openMetrics = [
      ...minutes.map((minute) => `count{pod="a"} ${minute} ${at(minute)}`),
      ...minutes.slice(0, 400).map((minute) => `count{pod="b"} ${minute} ${at(minute)}`),
      "# EOF",
    ];
    await using prometheus = await startPrometheus({ openMetrics, flags: ["--query.max-samples=300"] });
    const source = prometheusSource({ url: prometheus.url });
    const last = await source.last({
      metric: "count",
      matchers: [],
      by: ["pod"],
      window: { startMs: window.startMs, endMs: at(900) * 1000 },
    });
    expect(source.cost.requests).toBeGreaterThan(3);
    // The sample at the window's end is outside.
    expect(sorted(last).map(({ labels, value }) => [labels["pod"], value])).toEqual([
      ["a", 899],
      ["b", 399],
    ]);
  });

  it("gives rates where scrapes are rare, over a longer time", async () => {
    const openMetrics = Array.from(
      { length: 100 },
      (_, index) => `work_seconds_total{pod="a"} ${index * 60} ${window.startMs / 1000 + index * 240 + 7}`,
    );
    await using prometheus = await startPrometheus({ openMetrics: [...openMetrics, "# EOF"] });
    const query: SeriesQuery = {
      metric: "work_seconds_total",
      matchers: [],
      by: ["pod"],
      window: { startMs: window.startMs + 3_600_000, endMs: window.startMs + 100 * 240_000 },
    };
    const [series] = await prometheusSource({ url: prometheus.url }).rate(query, 300);
    expect(series?.timesMs).toHaveLength((100 * 240 - 3600) / 300);
    for (const value of series?.values ?? []) expect(value).toBeCloseTo(0.25, 10);
  });
});

describe.skipIf(!prometheusAvailable)("matchers in a real Prometheus", () => {
  it("mean the text that they hold, whatever it is", async () => {
    const values = [
      ...HOSTILE,
      ...fc.sample(fc.string({ unit: "binary", minLength: 1, maxLength: 12 }), { numRuns: 150, seed: 1 }),
    ].filter((value, index, all) => all.indexOf(value) === index && !value.includes("\0"));
    const escaped = (value: string): string =>
      value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    const seconds = window.startMs / 1000 + 60;
    const text = values.map((value, index) => `odd{value="${escaped(value)}"} ${index} ${seconds}`);
    await using prometheus = await startPrometheus({ openMetrics: [...text, "# EOF"] });
    const source = prometheusSource({ url: prometheus.url, concurrency: 8 });
    const query = { metric: "odd", window, by: ["value"] };

    await Promise.all(
      values.map(async (value, index) => {
        const sample = { labels: { value }, value: index };
        expect(await source.last({ ...query, matchers: [{ label: "value", is: value }] })).toEqual([sample]);
        const twice = [value, "no such value"];
        expect(await source.last({ ...query, matchers: [{ label: "value", in: twice }] })).toEqual([sample]);
      }),
    );
    expect(await source.last({ ...query, matchers: [{ label: "value", in: values }] })).toHaveLength(
      values.length,
    );
  });
});

const HOSTILE = [
  'a"b',
  "a\\b",
  "a\\",
  "a\nb",
  "a|b",
  ".*",
  "a.b",
  "(a",
  "[a",
  "a{2}",
  "^a$",
  "$1",
  "a\tb",
  "ünï",
  "😀",
  "\uFFFD",
  "\u2028",
  "\u007F",
  '"} or up{a="',
  "`a`",
  "\\Q",
  "\\u0041",
  "-",
  "a/b",
  "#",
];

/** Neither end lies on the grid. */
const oddWindow = { startMs: window.startMs + 34_567_890, endMs: window.endMs - 12_345_678 };

const lastQueries: SeriesQuery[] = [
  { metric: "kube_pod_owner", matchers: [], window, by: ["namespace", "pod", "owner_name"] },
  { metric: "kube_pod_created", matchers: [], window: oddWindow, by: ["pod"] },
  { metric: "kube_deployment_spec_replicas", matchers: [], window, by: ["namespace"] },
  { metric: "kube_pod_owner", matchers: [{ label: "owner_kind", not: "Job" }], window, by: ["pod"] },
  { metric: "kube_pod_owner", matchers: [{ label: "nothing", is: "" }], window, by: [] },
];

/** The password is `test`; from Prometheus's documentation. */
const BCRYPT_OF_TEST = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay";

function sorted<T extends { readonly labels: Readonly<Record<string, string>> }>(items: readonly T[]): T[] {
  const key = ({ labels }: T): string =>
    JSON.stringify(
      Object.keys(labels)
        .toSorted()
        .map((name) => [name, labels[name]]),
    );
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * The same points, and values but for the last digits of floating point. In the first five minutes of a
 * counter Prometheus 2 extrapolates further than 3, as `recordedSource` says: there only the points count.
 */
function expectAlike(got: readonly Series[], want: readonly Series[]): void {
  const points = (series: readonly Series[]): object[] =>
    sorted(series).map(({ labels, timesMs }) => ({ labels, times: [...timesMs] }));
  expect(points(got)).toEqual(points(want));
  for (const [index, { timesMs, values }] of sorted(got).entries()) {
    const others = sorted(want)[index]?.values ?? [];
    const old = timesMs.findIndex((time) => time >= (timesMs[0] ?? 0) + 300_000);
    const apart = [...values].filter(
      (value, at) => at >= old && Math.abs(value - (others[at] ?? Number.NaN)) > 1e-9 * Math.abs(value),
    );
    expect(apart).toEqual([]);
  }
}
