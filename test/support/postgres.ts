import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

export interface RunningPostgres extends AsyncDisposable {
  /** With the user and the password. */
  readonly url: string;
  readonly password: string;
}

/** Where Debian's `postgresql` package has its newest server. Where it has none, tests skip, but never on CI. */
const programs = globSync("/usr/lib/postgresql/*/bin/postgres").toSorted().map(dirname).at(-1);
export const postgresAvailable = programs !== undefined;

if (!postgresAvailable) {
  const text = "no PostgreSQL server: apt-get install --no-install-recommends postgresql";
  if (process.env["CI"] !== undefined) throw new Error(text);
  console.warn(`\n*** Tests against a real PostgreSQL are SKIPPED: ${text} ***\n`);
}

/** The server refuses to run as root: then it runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A real and empty PostgreSQL on loopback that wants a password; what it writes need not survive a crash. */
export async function startPostgres(): Promise<RunningPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-postgres-"));
  if (NOBODY.uid !== undefined) await chown(folder, NOBODY.uid, NOBODY.gid);
  const data = join(folder, "data");
  const password = "correct horse/battery@staple";
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password);
  const init = ["--no-sync", "--auth=scram-sha-256", "--username=loadline", `--pwfile=${passwordFile}`];
  await execa(join(programs ?? "", "initdb"), [...init, "--locale=C.UTF-8", data], {
    ...NOBODY,
    cwd: folder,
  });

  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
  ];
  const server = spawn(
    join(programs ?? "", "postgres"),
    ["-D", data, ...settings.flatMap((one) => ["-c", one])],
    {
      ...NOBODY,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const ended = once(server, "exit");
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(server.stderr).on("line", (line) => {
    if (log.push(line) > 100) log.shift();
    if (line.includes("database system is ready to accept connections")) ready.resolve();
  });
  void ended.then(() => ready.reject(new Error(`postgres ended:\n${log.join("\n")}`)));
  await ready.promise;
  return {
    url: `postgres://loadline:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    password,
    async [Symbol.asyncDispose]() {
      // Without waiting for clients to leave.
      server.kill("SIGINT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
