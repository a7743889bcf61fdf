import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

export interface PrometheusSetup {
  /** Lines of OpenMetrics text, with timestamps and `# EOF`, or the path of a file with them. */
  readonly openMetrics?: Iterable<string> | { readonly file: string };
  /** Further flags, such as `--query.max-samples=1000`. */
  readonly flags?: readonly string[];
  /** The host and port of a target that is scraped each second. */
  readonly scrape?: string;
  /** Text of `web.config.file`: TLS and basic auth. */
  readonly webConfig?: string;
}

export interface RunningPrometheus extends AsyncDisposable {
  readonly url: string;
}

/** Whether Debian's `prometheus` package is here. Where it is not, tests skip, but never on CI. */
export const prometheusAvailable = ["prometheus", "promtool"].every(
  (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0,
);

if (!prometheusAvailable) {
  const text = "no prometheus and promtool on PATH: apt-get install --no-install-recommends prometheus";
  if (process.env["CI"] !== undefined) throw new Error(text);
  console.warn(`\n*** Tests against a real Prometheus are SKIPPED: ${text} ***\n`);
}

/** A real Prometheus on loopback that scrapes nothing by custom, filled from a text before it starts. */
export async function startPrometheus(setup: PrometheusSetup = {}): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-prometheus-"));
  const data = join(folder, "data");
  const config = join(folder, "prometheus.yml");
  const webConfig = join(folder, "web.yml");
  await writeFile(config, setup.scrape === undefined ? "" : JSON.stringify(scraping(setup.scrape)));
  await writeFile(webConfig, setup.webConfig ?? "");
  if (setup.openMetrics !== undefined) await backfill(setup.openMetrics, folder, data);

  const port = await freePort();
  const server = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--web.config.file=${webConfig}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${data}`,
      "--storage.tsdb.retention.time=30y",
      ...(setup.flags ?? []),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = once(server, "exit");
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(server.stderr).on("line", (line) => {
    if (log.push(line) > 100) log.shift();
    if (line.includes("Server is ready to receive web requests")) ready.resolve();
  });
  void ended.then(() => ready.reject(new Error(`prometheus ended:\n${log.join("\n")}`)));
  await ready.promise;
  return {
    url: `${setup.webConfig?.includes("tls_server_config") === true ? "https" : "http"}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its configuration, in the YAML that JSON is. */
export function scraping(target: string): object {
  return {
    scrape_configs: [
      {
        job_name: "kubelet",
        honor_labels: true,
        scrape_interval: "1s",
        scrape_timeout: "1s",
        static_configs: [{ targets: [target] }],
      },
    ],
  };
}

async function backfill(
  source: NonNullable<PrometheusSetup["openMetrics"]>,
  folder: string,
  data: string,
): Promise<void> {
  let file = join(folder, "samples.txt");
  if ("file" in source) file = source.file;
  else await writeFile(file, Readable.from(inBatches(source)));
  // One block for two weeks: blocks of two hours take far longer to write.
  await execa("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--max-block-duration=336h",
    file,
    data,
  ]);
}

function* inBatches(lines: Iterable<string>): Generator<string> {
  let batch: string[] = [];
  for (const line of lines)
    if (batch.push(line) === 10_000) {
      yield `${batch.join("\n")}\n`;
      batch = [];
    }
  yield `${batch.join("\n")}\n`;
}
