import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

/** A real Prometheus on loopback with the data of a folder that `datasetFolder` made. */
export async function prometheusOn(folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = spawn(
    "prometheus",
    [
      `--config.file=${path.join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      "--storage.tsdb.retention.time=30y",
      "--web.listen-address=127.0.0.1:0",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = once(server, "exit");
  const ready = Promise.withResolvers<string>();
  createInterface(server.stderr).on("line", (line) => {
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address !== undefined) listening = address;
    if (line.includes("Server is ready to receive web requests")) ready.resolve(listening);
  });
  let listening = "";
  void ended.then(() => ready.reject(new Error("prometheus ended")));
  return {
    url: `http://${await ready.promise}`,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
    },
  };
}
