import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface ProcessSetup {
  readonly args: readonly string[];
  /** Its log goes there. */
  readonly folder: string;
  /** Of the log; the program's own if absent. */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that was started for a test. Disposing waits until it has ended. */
export interface Running extends AsyncDisposable {
  /** Resolves when `look` is true, rejects with the end of the log when the process ended before, or too late. */
  until(look: () => Promise<boolean>): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts a program that ends with this process, whatever happens to it. */
export async function startProcess(program: string, setup: ProcessSetup): Promise<Running> {
  const log = join(setup.folder, `${setup.name ?? basename(program)}.log`);
  const output = await open(log, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...setup.args], {
    env: { ...process.env, ...setup.env },
    stdio: ["ignore", output.fd, output.fd],
  });
  const ended = once(child, "exit");
  await once(child, "spawn");
  await output.close();
  return {
    until: async (look) => {
      for (let waitedMs = 0; !(await look().catch(() => false)); waitedMs += 50) {
        if (hasEnded(child) || waitedMs > PATIENCE_MS)
          throw new Error(`${program} ${hasEnded(child) ? "ended" : "is not ready"}:\n${await tail(log)}`);
        await delay(50);
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function tail(log: string): Promise<string> {
  return (await readFile(log, "utf8")).split("\n").slice(-40).join("\n");
}
