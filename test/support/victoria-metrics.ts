import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { scraping } from "./prometheus.ts";

export interface VictoriaMetricsSetup {
  /** Lines of OpenMetrics text with timestamps. */
  readonly openMetrics?: Iterable<string>;
  /** The host and port of a target that is scraped each second. */
  readonly scrape?: string;
  /** Further flags, such as `-search.maxSamplesPerQuery=1000`. */
  readonly flags?: readonly string[];
}

export interface RunningVictoriaMetrics extends AsyncDisposable {
  readonly url: string;
}

/** Whether Debian's `victoria-metrics` package is here. Where it is not, tests skip, but never on CI. */
export const victoriaMetricsAvailable =
  spawnSync("victoria-metrics", ["-version"], { stdio: "ignore" }).error === undefined;

if (!victoriaMetricsAvailable) {
  const text = "no victoria-metrics on PATH: bash scripts/install-system.sh";
  if (process.env["CI"] !== undefined) throw new Error(text);
  console.warn(`\n*** Tests against a real VictoriaMetrics are SKIPPED: ${text} ***\n`);
}

/** A real VictoriaMetrics on loopback, filled from a text. */
export async function startVictoriaMetrics({
  openMetrics = [],
  scrape,
  flags = [],
}: VictoriaMetricsSetup = {}): Promise<RunningVictoriaMetrics> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-victoria-"));
  const config = join(folder, "scrape.yml");
  if (scrape !== undefined) await writeFile(config, JSON.stringify(scraping(scrape)));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = spawn(
    "victoria-metrics",
    [
      `-storageDataPath=${join(folder, "data")}`,
      `-httpListenAddr=${new URL(url).host}`,
      "-retentionPeriod=100y",
      "-memory.allowedBytes=256MB",
      ...(scrape === undefined ? [] : [`-promscrape.config=${config}`]),
      ...flags,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = once(server, "exit");
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(server.stderr).on("line", (line) => {
    if (log.push(line) > 100) log.shift();
    if (line.includes("started VictoriaMetrics")) ready.resolve();
  });
  void ended.then(() => ready.reject(new Error(`victoria-metrics ended:\n${log.join("\n")}`)));
  await ready.promise;
  await fill(url, openMetrics);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its timestamps are in milliseconds, those of OpenMetrics in seconds. */
async function fill(url: string, lines: Iterable<string>): Promise<void> {
  const text = [...lines]
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/[^ ]+$/, (seconds) => String(Math.round(Number(seconds) * 1000))));
  await post(`${url}/api/v1/import/prometheus`, text.join("\n"));
  await post(`${url}/internal/force_flush`, "");
}

async function post(url: string, body: string): Promise<void> {
  const { ok, status } = await fetch(url, { method: "POST", body });
  if (!ok) throw new Error(`${url} answers ${status}`);
}
