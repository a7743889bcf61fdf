import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedServer } from "../support/scripted-server.ts";
import { backtestCommand } from "../../src/cli/backtest.ts";
import { InputError } from "../../src/domain/input-error.ts";
import { readCsvSeries } from "../../src/cli/read-csv-series.ts";
import { recordedUsage, writeRecording } from "../../demo/recorded-usage.ts";
import { backtestReportSchema, type BacktestReport } from "../../src/report/backtest-report.ts";
import { loadline, type Ran } from "../support/loadline.ts";
import { faultsBySchema } from "./fixture-case.ts";

const START = Date.parse("2026-01-05T09:00:00Z");
const TEN_MINUTES = 600_000;

let folder: string;

/** A file with a sample every ten minutes of so many days. */
async function table(
  name: string,
  days: number,
  valueAt: (day: number, hour: number) => number,
): Promise<string> {
  const lines = Array.from({ length: days * 144 }, (_, index) => {
    const time = new Date(START + index * TEN_MINUTES).toISOString().slice(0, 19).replace("T", " ");
    return `${time},${valueAt(Math.floor(index / 144), (index % 144) / 6)}`;
  });
  const file = path.join(folder, name);
  await writeFile(file, `timestamp,value\n${lines.join("\n")}\n`);
  return file;
}

/** In a process of its own, as a user does. */
async function backtest(...args: string[]): Promise<Ran> {
  return await loadline(["backtest", ...args]);
}

/** In this process, which is many times as fast. */
async function here(...args: string[]): Promise<void> {
  const command = backtestCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: "user" });
}

async function reported(...args: string[]): Promise<BacktestReport> {
  const output = path.join(folder, "report.json");
  await here(...args, "--format", "json", "--output", output);
  const printed = await readFile(output, "utf8");
  expect(await faultsBySchema("backtest", printed)).toBeNull();
  return backtestReportSchema.parse(JSON.parse(printed));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "loadline-backtest-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

describe("loadline backtest", () => {
  it("prints every decision, and scores as its published schema describes", async () => {
    const steady = await table("steady.csv", 9, () => 10);
    const grown = await table("grown.csv", 10, (day) => (day < 9 ? 50 : 100));
    const report = await reported(
      "--csv",
      steady,
      grown,
      "--resource",
      "cpu",
      "--scale",
      "0.01",
      "--strategy",
      "vpa",
      "krr",
    );
    expect(report).toMatchObject({ version: 1, resource: "cpu", unit: "cores" });
    expect(report.series.map(({ name, periods }) => [name, periods])).toEqual([
      ["steady", 2],
      ["grown", 3],
    ]);
    const decision = (series: string, strategy: string, day: number, value: number): object => ({
      series,
      strategy,
      at: `2026-01-${day}T09:00:00.000Z`,
      value,
    });
    expect(report.decisions).toEqual([
      decision("steady", "vpa", 12, 0.126),
      decision("steady", "vpa", 13, 0.126),
      decision("steady", "krr", 12, 0.1),
      decision("steady", "krr", 13, 0.1),
      ...[12, 13, 14].map((day) => decision("grown", "vpa", day, 0.587)),
      ...[12, 13, 14].map((day) => decision("grown", "krr", day, 0.5)),
    ]);
    const [, krr] = report.series[1]?.scores ?? [];
    // Two days of .5 and one of 1, of .5 reserved.
    expect(krr).toMatchObject({
      strategy: "krr",
      slack: -0.333333,
      over: 0.333333,
      daysOver: 0.333333,
      churn: 0,
    });
    expect(report.strategies.map(({ strategy, periods }) => [strategy, periods])).toEqual([
      ["vpa", 5],
      ["krr", 5],
    ]);
    expect(krr?.cost).toBeCloseTo(0.5 * 23, 6);
  });

  it("counts samples of memory above the limit", async () => {
    const grown = await table("memory.csv", 10, (day) => (day < 8 ? 300 : 600));
    const asked = ["--csv", grown, "--resource", "memory", "--scale", "1048576", "--strategy", "krr"];
    const { strategies, unit, decisions } = await reported(...asked);
    expect(unit).toBe("bytes");
    expect(decisions.map(({ value }) => value / 2 ** 20)).toEqual([345, 345, 690]);
    expect(strategies).toMatchObject([{ ooms: 144, oomDays: 1 }]);
  });

  it("prints a table that fits 100 columns, each series below all of them", async () => {
    const files = [await table("a.csv", 9, () => 1), await table("b.csv", 9, (_, hour) => hour / 24)];
    const { out, code } = await backtest("--csv", ...files, "--resource", "cpu");
    expect(code).toBe(0);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).toMatch(/^STRATEGY +SLACK +OVER +DAYS OVER +CHURN +RESERVED +COST\/MONTH$/m);
    for (const name of ["percentile", "krr", "krr-limit", "vpa"])
      expect(out).toMatch(new RegExp(`^${name} +-?[\\d.]+ %`, "m"));
    expect(out).toMatch(/^b\n {2}\w/m);
  });

  it("draws a picture, and prints into a file", async () => {
    const file = await table("drawn.csv", 9, () => 1);
    const [plot, output] = [path.join(folder, "plot.svg"), path.join(folder, "out.svg")];
    const into = ["--plot", plot, "--format", "svg", "--output", output];
    await here("--csv", file, "--resource", "cpu", ...into);
    expect(await readFile(plot, "utf8")).toMatch(/^<svg /);
    expect(await readFile(output, "utf8")).toBe(await readFile(plot, "utf8"));
  });

  it("decides as often as it is told, of as much history, from as early", async () => {
    const file = await table("often.csv", 6, (day) => day + 1);
    const { decisions, settings } = await reported(
      "--csv",
      file,
      "--resource",
      "cpu",
      "--strategy",
      "krr",
      "--every",
      "12h",
      "--warmup",
      "2d",
      "--history",
      "1d",
      "--periods",
      "3",
    );
    expect(settings).toMatchObject({ everySeconds: 43_200, minimumSamples: 50 });
    expect(decisions.map(({ at, value }) => [at.slice(8, 13), value])).toEqual([
      ["07T09", 2],
      ["07T21", 3],
      ["08T09", 3],
    ]);
  });

  it("replays whole days of the containers of a cluster", async () => {
    const usage = await recordedUsage(Math.floor(Date.now() / 300_000) * 300_000, "3d", 900);
    const file = path.join(folder, "usage.om.gz");
    await writeRecording(usage, file);
    const asked = [
      "--metrics-file",
      file,
      "--resource",
      "memory",
      "--warmup",
      "1d",
      "--strategy",
      "krr",
      "vpa",
    ];
    const { series, decisions } = await reported(...asked, "--minimum-samples", "20", "--namespace", "shop");
    expect(series.map(({ name }) => name)).toContain("Deployment/shop/storefront web");
    expect(series.every(({ name }) => name.split("/")[1] === "shop")).toBe(true);
    expect(decisions.every(({ at, value }) => at.endsWith("T00:00:00.000Z") && value > 2 ** 20)).toBe(true);
    expect(decisions.length).toBeGreaterThan(series.length);
    const narrowed = await reported(...asked, "--workload", "Deployment/shop/storefront");
    expect(new Set(narrowed.series.map(({ name }) => name.split(" ")[0]))).toEqual(
      new Set(["Deployment/shop/storefront"]),
    );
    await expect(here(...asked, "--workload", "Deployment/shop/none")).rejects.toThrow(
      "--workload Deployment/shop/none: is not there; there is ",
    );
  });

  it("replays a recording of last month", async () => {
    const file = path.join(folder, "old.om.gz");
    const end = Math.floor(Date.now() / 300_000 - 8640) * 300_000;
    await writeRecording(await recordedUsage(end, "3d", 900), file);
    const asked = ["--metrics-file", file, "--resource", "cpu", "--warmup", "1d", "--minimum-samples", "20"];
    const { series } = await reported(
      ...asked,
      "--strategy",
      "krr",
      "--workload",
      "Deployment/shop/storefront",
    );
    expect(series.map(({ end: last }) => Date.parse(last) > end - 3_600_000)).toEqual(series.map(() => true));
    expect(series).not.toEqual([]);
  });

  it("says that nothing was measured of the workloads that are there", async () => {
    const file = path.join(folder, "unmeasured.om");
    const usage = await recordedUsage(Math.floor(Date.now() / 300_000) * 300_000, "1d", 900);
    await writeFile(file, [...usage.lines()].filter((line) => !line.startsWith("container_")).join("\n"));
    await expect(here("--metrics-file", file, "--resource", "cpu")).rejects.toThrow(
      "nothing to score: no use of these containers was measured in the --window",
    );
  });

  it("shows a server who asks, as the other verbs do", async () => {
    await using server = await scriptedServer();
    const token = path.join(folder, "token");
    await writeFile(token, "of the backtest\n");
    const flags = [
      "--prometheus",
      server.url,
      "--bearer-token-file",
      token,
      "--header",
      "X-Scope-OrgID: team-a",
    ];
    await expect(here(...flags, "--resource", "cpu")).rejects.toThrow(server.url);
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: "Bearer of the backtest",
      "x-scope-orgid": "team-a",
    });
  });

  it("gives up where a server takes longer than the time limit", async () => {
    await using server = await scriptedServer(() => undefined);
    const asked = ["--prometheus", server.url, "--resource", "cpu", "--time-limit", "1s"];
    await expect(here(...asked)).rejects.toThrow("--time-limit: reached while usage was read");
  });

  it("says of a series that none of its days has enough samples, and counts decisions of one strategy", async () => {
    const files = [await table("two.csv", 9, () => 1), await table("few.csv", 3, () => 1)];
    const output = path.join(folder, "few.txt");
    await here("--csv", ...files, "--resource", "cpu", "--strategy", "krr", "vpa", "--output", output);
    const printed = await readFile(output, "utf8");
    expect(printed).toContain("few\n  no period has 100 samples\n");
    expect(printed).toContain("2 series, 2 decisions a strategy.");
  });

  it.each(["--output", "--plot"])("says what can't be written of %s", async (flag) => {
    const file = await table("written.csv", 9, () => 1);
    const nowhere = path.join(folder, "nowhere", "file");
    const asked = ["--csv", file, "--resource", "cpu", "--strategy", "krr", "--output", `${file}.txt`];
    await expect(here(...asked, flag, nowhere)).rejects.toThrow(
      new InputError(`${flag} ${nowhere}: can't be written (ENOENT)`),
    );
  });

  it.each([
    [["--metrics-label", "a-b=c"], "labels.a-b: is no label's name"],
    [["--password-file", "secret"], "passwordFile: needs a username"],
  ])("%j says nothing that a server can be asked with", async (flags, message) => {
    const asked = here("--prometheus", "http://127.0.0.1:1", "--resource", "cpu", ...flags);
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(message);
  });

  it.each([
    [["--every", "12h"], "--every: usage of a cluster is replayed in whole days"],
    [["--workload", "api"], "--workload api: write Kind/namespace/name"],
    [["--csv", "a.csv"], "cannot be used with"],
    [["--csv", "a.csv", "--namespace", "shop"], "cannot be used with"],
  ])("%j does not go with a cluster", async (flags, message) => {
    await expect(here("--metrics-file", "a.om", "--resource", "cpu", ...flags)).rejects.toThrow(message);
  });

  it.each([
    [["--strategy", "kr"], "--strategy kr: is none of "],
    [["--warmup", "30d"], "the longest series covers 9.0 days, and the first decision is after 30.0 days"],
    [
      ["--history", "1m", "--every", "1m", "--minimum-samples", "1"],
      "no strategy says anything of what is there",
    ],
    [["--minimum-samples", "1000"], "no period has 1000 samples; lower --minimum-samples"],
  ])("%j is bad input", async (flags, message) => {
    const file = await table("short.csv", 9, () => 1);
    await expect(here("--csv", file, "--resource", "cpu", ...flags)).rejects.toThrow(message);
  });

  it("names file and line of what it can't read", async () => {
    const file = path.join(folder, "broken.csv");
    await writeFile(file, "timestamp,value\n2026-01-05 09:00:00,1\n2026-01-05 09:10:00,lots\n");
    const { code, err } = await backtest("--csv", file, "--resource", "cpu");
    expect(code).toBe(2);
    expect(err).toContain(`broken.csv:3: "lots" is no number`);
    await expect(readCsvSeries([path.join(folder, "none.csv")], 1)).rejects.toThrow(
      /none\.csv: there is no such/,
    );
    await expect(readCsvSeries([folder], 1)).rejects.toThrow(/is no file/);
  });
});
