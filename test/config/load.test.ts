import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { configSchema } from "../../src/config/schema.ts";
import { InputError } from "../../src/domain/input-error.ts";

const LEAST = "version: 1\nclusters:\n  - name: main\n    metricsFile: week.om\n";

function faults(text: string): string[] {
  try {
    parseConfig(text, "f");
  } catch (error) {
    if (error instanceof InputError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("a configuration", () => {
  it("has defaults for all but its clusters", () => {
    expect(parseConfig(LEAST, "f")).toMatchObject({
      clusters: [{ name: "main", inventory: "metrics", namespaces: [], allowExec: false }],
      repositories: [],
      policy: {
        percentile: 95,
        safetyFactor: { cpu: 1.2, memory: 1.2 },
        bounds: { cpu: { min: "10m", max: "32" } },
        window: "14d",
      },
      schedule: { cron: "0 6 * * 1-5", timezone: "UTC" },
    });
  });

  it("may use anchors, a byte order mark, CRLF, and numbers as quantities", () => {
    const text = `\ufeff${LEAST}policy:\n  bounds: {cpu: &b {min: 0.5, max: 4}}\n`.replaceAll("\n", "\r\n");
    expect(parseConfig(text, "f").policy.bounds.cpu).toEqual({ min: "0.5", max: "4" });
  });

  it("is read from a file, and says when it is not there", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "config-"));
    await writeFile(path.join(folder, "a.yaml"), LEAST);
    expect((await loadConfig(path.join(folder, "a.yaml"))).version).toBe(1);
    await expect(loadConfig(path.join(folder, "b.yaml"))).rejects.toThrow(
      /b\.yaml: can't be read \(ENOENT\)/,
    );
    await expect(loadConfig(folder)).rejects.toThrow(/EISDIR/);
    await rm(folder, { recursive: true });
  });
});

describe("faults are named by line and column", () => {
  it.each([
    ["policy:\n  percentil: 90", ['f:6:3: unknown key "percentil" in policy; did you mean "percentile"?']],
    ["polcy: {}", ['f:5:1: unknown key "polcy"; did you mean "policy"?']],
    ["policy: {zzzzzzzz: 1}", ['f:5:10: unknown key "zzzzzzzz" in policy']],
    ["__proto__: 1", ['f:5:1: unknown key "__proto__"']],
    [
      "policy:\n  window: 1y\n  percentile: 101\n",
      [
        "f:6:3: policy.window: is no duration such as 24h or 14d",
        expect.stringMatching(/^f:7:3: policy\.percentile: .*100/),
      ],
    ],
    [
      "policy: {bounds: {cpu: {min: [], max: x}}}",
      [
        "f:5:25: policy.bounds.cpu.min: is no Kubernetes quantity such as 250m, 1.5 or 512Mi",
        "f:5:34: policy.bounds.cpu.max: is no Kubernetes quantity such as 250m, 1.5 or 512Mi",
      ],
    ],
    ["policy: {bounds: {cpu: {min: 1}}}", ["f:5:19: policy.bounds.cpu.max: is missing"]],
    ["policy: {bounds: {cpu: {min: 2, max: 1500m}}}", ["f:5:25: policy.bounds.cpu.min: is more than max"]],
    [
      "policy: {bounds: {memory: {min: -1, max: 1}}}",
      [expect.stringMatching(/^f:5:28: .*memory.min: is no/)],
    ],
    [
      "schedule:\n  cron: every day\n  timezone: Mars",
      [
        "f:6:3: schedule.cron: is no cron expression such as 0 6 * * 1-5",
        "f:7:3: schedule.timezone: is no time zone such as Europe/Berlin",
      ],
    ],
    ["repositories: [{name: shop}]", ["f:5:17: repositories.0.name: is written owner/name"]],
    [
      "repositories:\n  - name: a/b\n    clusters: [main, tset]",
      ['f:7:22: repositories.0.clusters.1: names the cluster "tset", which is not in clusters: main'],
    ],
    ["repositories:\n  - name: a/b\n  - name: A/B", ['f:7:5: repositories.1.name: "A/B" is there twice']],
    ["version: 1", [expect.stringMatching(/^f:5:1: Map keys must be unique/)]],
    ["a: [", [expect.stringMatching(/^f:\d+:\d+: /)]],
    ["a: *nothing", [expect.stringMatching(/^f: Unresolved alias/)]],
    ["a: {<<: 1}", ["f: Merge sources must be maps or map aliases"]],
    ["---\nversion: 1", ["f:5:1: another document begins here, and only one is read"]],
  ])("%j", (more, expected) => {
    expect(faults(`${LEAST}${more}\n`)).toEqual(expected);
  });

  it.each([
    ["", ["f:1:1: version: Invalid input: expected 1", "f:1:1: clusters: is missing"]],
    ["- 1", ["f:1:1: Invalid input: expected object, received array"]],
    ["# only\n", ["f:1:1: version: Invalid input: expected 1", "f:1:1: clusters: is missing"]],
  ])("in a file of %j", (text, expected) => {
    expect(faults(text).map((fault) => fault.replace(/^f:\d+:\d+/, "f:1:1"))).toEqual(expected);
  });

  it("where a cluster has several sources or none", () => {
    const both = LEAST.replace("metricsFile", "prometheus: {url: 'http://a'}\n    metricsFile");
    const one = "clusters.0.prometheus: needs exactly one of prometheus, metricsFile and provider";
    expect(faults(both)).toEqual([`f:4:5: ${one}`]);
    expect(faults(LEAST.replace(/    metricsFile.*\n/, ""))).toEqual([`f:3:5: ${one}`]);
  });

  it.each([
    [
      "metricsFile: week.om",
      "prometheus: {url: 'file:///etc/passwd'}",
      /^f:4:18: clusters\.0\.prometheus\.url: /,
    ],
    [
      "metricsFile: week.om",
      "prometheus: [{url: 'http://a'}, {ulr: 'http://b'}]",
      /url: is missing\n.*did you mean "url"/,
    ],
    [
      "metricsFile: week.om",
      "prometheus: {url: 'http://a', labels: {a-b: c}}",
      /^f:4:44: .*labels\.a-b: is no label's name/,
    ],
    [
      "metricsFile: week.om",
      "prometheus: {url: 'http://a', passwordFile: secret}",
      /^f:4:35: .*passwordFile: needs a username/,
    ],
    [
      "metricsFile: week.om",
      "prometheus: {url: 'http://a', username: me, bearerTokenFile: token}",
      /^f:4:49: .*bearerTokenFile: stands beside another way to say who asks/,
    ],
    ["metricsFile: week.om", "prometheus: 3", /^f:4:5: clusters\.0\.prometheus: /],
    ["metricsFile: week.om", "provider: metrics-server", /^f:4:5: .*add inventory: kubernetes$/],
    ["metricsFile: week.om", "provider: prometheus", /^f:4:5: .*is neither metrics-server, datadog nor/],
    ["week.om", "week.om\n    options: {a: 1}", /^f:5:5: clusters\.0\.options: are for a provider/],
  ])("where instead of %j there is %j", (there, instead, fault) => {
    expect(faults(LEAST.replace(there, instead)).join("\n")).toMatch(fault);
  });
});

describe("where usage is read", () => {
  const read = (source: string) =>
    parseConfig(LEAST.replace("metricsFile: week.om", source), "f").clusters[0];

  it("one Prometheus or a pair is a list", () => {
    expect(read("prometheus: {url: 'http://a'}")?.prometheus).toEqual([
      { url: "http://a", labels: {}, protocol: "auto", insecureSkipVerify: false, timeout: "60s" },
    ]);
    expect(read("prometheus: [{url: 'http://a', sigv4: {}}, {url: 'http://b'}]")?.prometheus).toMatchObject([
      { sigv4: { service: "aps" } },
      { url: "http://b" },
    ]);
  });

  it("what was checked can be checked again", () => {
    const config = parseConfig(LEAST.replace("metricsFile: week.om", "prometheus: {url: 'http://a'}"), "f");
    expect(configSchema.parse(config)).toEqual(config);
  });

  it("may be a module of one's own with what it is to know", () => {
    expect(
      read("inventory: kubernetes\n    provider: ./my-metrics.ts\n    options: {site: eu}"),
    ).toMatchObject({ provider: "./my-metrics.ts", options: { site: "eu" } });
  });
});
