import { constants } from "node:fs";
import { access, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

/** Bounds of one run. */
export interface RunLimits {
  readonly timeoutMillis: number;
  readonly outputBytes: number;
  /** Held by the kernel where util-linux' `prlimit` is there, else only asked of the program. */
  readonly memoryBytes: number;
}

export const DEFAULT_LIMITS: RunLimits = {
  timeoutMillis: 60_000,
  outputBytes: 64 * 2 ** 20,
  memoryBytes: 2 * 2 ** 30,
};

export interface RunOptions extends Partial<RunLimits> {
  readonly cwd?: string;
  /** Off unless given. */
  readonly network?: boolean;
  /** More variables of the environment, over the isolated ones. */
  readonly environment?: Readonly<Record<string, string>>;
}

export type RunResult =
  | { readonly status: "done"; readonly stdout: string; readonly stderr: string }
  | { readonly status: "failed"; readonly stderr: string }
  | { readonly status: "timeout" | "too-large" | "out-of-memory" };

/** What a program may print about what went wrong; more is cut off with it. */
const ERROR_BYTES = 2 ** 20;
const WRITTEN_FILE_BYTES = 2 ** 30;
/** `discard`: nothing listens there, and nobody without privileges can make it. */
const NOWHERE = "http://127.0.0.1:9";
const OUT_OF_MEMORY =
  /out of memory|cannot allocate memory|failed to reserve|failed to create new OS thread/i;

/**
 * Runs a program that is handed hostile input: no shell, no input, an empty home of its own, an environment
 * that holds nothing of ours, no network unless asked for, bounded time, memory and output. On timeout its
 * whole process group is killed.
 */
export async function runIsolated(
  program: string,
  programArguments: readonly string[],
  { cwd, network = false, environment = {}, ...given }: RunOptions = {},
): Promise<RunResult> {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const home = await mkdtemp(path.join(await realpath(tmpdir()), "loadline-home-"));
  try {
    const [file = program, ...wrapped] = [...(await walls(limits, network)), program, ...programArguments];
    const result = await execa(file, wrapped, {
      cwd: cwd ?? home,
      env: { ...(await isolatedEnvironment(home, limits, network)), ...environment },
      extendEnv: false,
      stdin: "ignore",
      encoding: "buffer",
      stripFinalNewline: false,
      maxBuffer: { stdout: limits.outputBytes, stderr: ERROR_BYTES },
      timeout: limits.timeoutMillis,
      killSignal: "SIGKILL",
      killDescendants: true,
      reject: false,
    });
    if (result.timedOut || result.signal === "SIGXCPU") return { status: "timeout" };
    if (result.isMaxBuffer) return { status: "too-large" };
    const stderr = new TextDecoder().decode(result.stderr);
    if (result.failed) {
      if (OUT_OF_MEMORY.test(stderr) && /^(?:fatal error|runtime):/m.test(stderr))
        return { status: "out-of-memory" };
      return { status: "failed", stderr: stderr === "" ? (result.originalMessage ?? "") : stderr };
    }
    return { status: "done", stdout: new TextDecoder().decode(result.stdout), stderr };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Whether this machine lets a program be cut off from all networks, its own included; not all do. */
export async function canCutNetwork(): Promise<boolean> {
  return (await withoutNetwork()).length > 0;
}

/** Nothing of our own environment but, with the network, where its proxy and its certificates are. */
async function isolatedEnvironment(
  home: string,
  limits: RunLimits,
  network: boolean,
): Promise<Record<string, string>> {
  await Promise.all(["config", "cache", "data", "tmp", "empty"].map((name) => mkdir(path.join(home, name))));
  const [config, cache, data] = [
    path.join(home, "config"),
    path.join(home, "cache"),
    path.join(home, "data"),
  ];
  const empty = path.join(home, "empty");
  return {
    HOME: empty,
    TMPDIR: path.join(home, "tmp"),
    XDG_CONFIG_HOME: config,
    XDG_CACHE_HOME: cache,
    XDG_DATA_HOME: data,
    HELM_CONFIG_HOME: config,
    HELM_CACHE_HOME: cache,
    HELM_DATA_HOME: data,
    HELM_PLUGINS: empty,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    NO_COLOR: "1",
    GOTRACEBACK: "none",
    GOMEMLIMIT: `${Math.floor(limits.memoryBytes * 0.75)}B`,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    ...(network ? networkEnvironment() : offlineEnvironment(empty)),
  };
}

/** Without `unshare` these are the walls: no git to run, no transport for it, and a proxy that is nowhere. */
function offlineEnvironment(empty: string): Record<string, string> {
  return {
    PATH: empty,
    GIT_ALLOW_PROTOCOL: "none",
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    ALL_PROXY: NOWHERE,
    NO_PROXY: "",
  };
}

function networkEnvironment(): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  const passed = [...names, "SSL_CERT_FILE", "SSL_CERT_DIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: SYSTEM_FOLDERS.join(":"), GIT_ALLOW_PROTOCOL: "https", ...Object.fromEntries(passed) };
}

const SYSTEM_FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"];

/** The programs that are put before the one to run, as far as this machine has them. */
async function walls(limits: RunLimits, network: boolean): Promise<string[]> {
  const bounds = (await kernelBounds()) ?? [];
  const seconds = Math.ceil((limits.timeoutMillis / 1000) * availableParallelism()) + 1;
  return [
    ...(network ? [] : await withoutNetwork()),
    ...(bounds.length === 0
      ? []
      : [
          ...bounds,
          // Of what it can write to: the runtime of Go reserves far more addresses than it uses.
          `--data=${limits.memoryBytes}`,
          // Ends it even when we are gone and nobody is left to watch the clock.
          `--cpu=${seconds}`,
          `--fsize=${WRITTEN_FILE_BYTES}`,
          "--core=0",
        ]),
  ];
}

const kernelBounds = once(async () => await firstThatRuns([["prlimit"]], ["--core=0"]));

/** A network namespace of its own: as root directly, else within a user namespace, where these are allowed. */
const withoutNetwork = once(
  async () =>
    (await firstThatRuns(
      [
        ["unshare", "--net"],
        ["unshare", "--map-root-user", "--net"],
      ],
      [],
    )) ?? [],
);

async function firstThatRuns(
  candidates: readonly (readonly [string, ...string[]])[],
  extra: readonly string[],
): Promise<string[] | undefined> {
  const nothing = await systemProgram("true");
  for (const [name, ...options] of candidates) {
    const found = await systemProgram(name);
    if (found === undefined || nothing === undefined) continue;
    const tried = await execa(found, [...options, ...extra, nothing], {
      reject: false,
      timeout: 5000,
      env: {},
      extendEnv: false,
      stdio: "ignore",
    });
    if (!tried.failed) return [found, ...options];
  }
  return undefined;
}

async function systemProgram(name: string): Promise<string | undefined> {
  for (const folder of SYSTEM_FOLDERS) {
    const file = path.join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

function once<Value>(compute: () => Promise<Value>): () => Promise<Value> {
  let computed: Promise<Value> | undefined;
  return () => (computed ??= compute());
}
