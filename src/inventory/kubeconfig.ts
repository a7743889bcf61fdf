import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";

/** Which cluster, and as whom. */
export interface ClusterAccess {
  /** A kubeconfig; without it the files of `KUBECONFIG`, `~/.kube/config`, or the pod's service account. */
  readonly kubeconfig?: string;
  /** A context of it; without it the current one. */
  readonly context?: string;
  /** Run the credential plugin that the kubeconfig names. It is a program of that file's choice: not by default. */
  readonly allowExec?: boolean;
}

/**
 * The kubeconfig with its context chosen, complete and of use: the context, its cluster and its user are there.
 * Throws `InputError` otherwise, naming the file and the contexts there are, never a value that may be a secret.
 */
export function loadKubeconfig(access: ClusterAccess): KubeConfig {
  const files = access.kubeconfig === undefined ? defaultFiles() : [access.kubeconfig];
  const origin = files.length === 0 ? "the pod's service account" : `kubeconfig ${files.join(delimiter)}`;
  const config = files.length === 0 ? serviceAccount() : readFiles(files, origin);
  chooseContext(config, access.context, origin);
  checkServer(config, origin);
  checkUser(config, access.allowExec === true, origin);
  return config;
}

function defaultFiles(): string[] {
  const named = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const standard = join(homedir(), ".kube", "config");
  return named.length > 0 ? named : [standard].filter((file) => existsSync(file));
}

function serviceAccount(): KubeConfig {
  if (process.env["KUBERNETES_SERVICE_HOST"] === undefined)
    throw new InputError(
      "No kubeconfig: there is no ~/.kube/config, KUBECONFIG is not set, and this is no pod of a cluster. Name one with --kubeconfig.",
    );
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

/** Several files are one, as for kubectl: the first current context holds. */
function readFiles(files: readonly string[], origin: string): KubeConfig {
  const merged = new KubeConfig();
  for (const file of files) {
    const config = readConfig(file);
    try {
      merged.mergeConfig(config, (merged.currentContext ?? "") !== "");
    } catch (error) {
      throw new InputError(`${origin}: ${error instanceof Error ? error.message : "the files contradict"}`);
    }
  }
  return merged;
}

/** The parts that the client library believes without looking. */
const KubeconfigFile = z.looseObject({
  "current-context": z.string().nullish(),
  clusters: z
    .array(z.looseObject({ name: z.string(), cluster: z.looseObject({ server: z.string() }) }))
    .nullish(),
  contexts: z
    .array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string() }) }))
    .nullish(),
  users: z
    .array(
      z.looseObject({ name: z.string(), user: z.looseObject({ tokenFile: z.string().nullish() }).nullish() }),
    )
    .nullish(),
});

/** A kubeconfig is some kilobytes; the bound keeps a device or a dump out. */
const MOST_BYTES = 4 * 1024 * 1024;

function readConfig(file: string): KubeConfig {
  const parsed = KubeconfigFile.safeParse(readYaml(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(`kubeconfig ${file}: ${issue?.path.join(".") || "the file"}: ${issue?.message}`);
  }
  const users = parsed.data.users?.map((entry) => ({ ...entry, user: withTokenFile(entry.user, file) }));
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify({ ...parsed.data, users }));
  config.makePathsAbsolute(dirname(resolve(file)));
  return config;
}

/** The client library knows `tokenFile`, as kubectl spells it, only as an auth provider. It goes before `token`. */
function withTokenFile(user: { tokenFile?: string | null | undefined } | null | undefined, file: string) {
  if (typeof user?.tokenFile !== "string") return user;
  const tokenFile = resolve(dirname(file), user.tokenFile);
  return { ...user, token: undefined, "auth-provider": { name: "tokenFile", config: { tokenFile } } };
}

function readYaml(file: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  // The parser's message may quote the file, and what it quotes may be a token.
  if (error)
    throw new InputError(`kubeconfig ${file}:${lineCounter.linePos(error.pos[0]).line}: not valid YAML`);
  try {
    return document.toJS();
  } catch {
    throw new InputError(`kubeconfig ${file}: not valid YAML: too many aliases`);
  }
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new InputError(`kubeconfig ${file}: too large to be one (${size} bytes)`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `kubeconfig ${file}: cannot be read: ${error instanceof Error ? error.message : "unknown"}`,
    );
  }
}

function chooseContext(config: KubeConfig, wanted: string | undefined, origin: string): void {
  const context = wanted ?? config.currentContext ?? "";
  const there = config.contexts.map(({ name }) => name);
  const choice = there.length === 0 ? "It has no context." : `Contexts there are: ${there.join(", ")}.`;
  if (context === "")
    throw new InputError(`${origin} sets no current context: choose one with --context. ${choice}`);
  if (!there.includes(context)) throw new InputError(`${origin} has no context "${context}". ${choice}`);
  config.setCurrentContext(context);
}

function checkServer(config: KubeConfig, origin: string): void {
  const cluster = config.getCurrentCluster();
  const where = `${origin}, context "${config.currentContext}"`;
  if (!cluster) throw new InputError(`${where}: its cluster is not in the file`);
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server))
    throw new InputError(`${where}: the cluster's server is no http or https address`);
  if (cluster.server.startsWith("http:") && !cluster.skipTLSVerify)
    throw new InputError(
      `${where}: the server's address is plain http; allow that with insecure-skip-tls-verify: true on the cluster`,
    );
}

function checkUser(config: KubeConfig, allowExec: boolean, origin: string): void {
  const context = config.getContextObject(config.currentContext);
  const where = `${origin}, context "${config.currentContext}"`;
  if (context && (context.user ?? "") === "") {
    // Without any user the client library would forget the cluster's certificate authority, too.
    const user = "(nobody)";
    config.contexts = config.contexts.map((each) => (each === context ? { ...each, user } : each));
    config.addUser({ name: user });
  }
  const user = config.getCurrentUser();
  if (!user) throw new InputError(`${where}: its user "${context?.user}" is not in the file`);
  if (!allowExec && runsProgram(user))
    throw new InputError(
      `${where}: user "${user.name}" gets its credentials from a program that the kubeconfig names (exec), which is not run unless allowed. Allow it (allowExec), or choose a context with a token or a client certificate.`,
    );
}

const AuthProvider = z.looseObject({ name: z.string().nullish(), config: z.looseObject({}).nullish() });

/** `exec`, and the old auth providers that call a command to renew their token. */
function runsProgram(user: User): boolean {
  if (user.exec !== undefined && user.exec !== null) return true;
  const provider = AuthProvider.safeParse(user.authProvider).data;
  return (
    provider?.name === "exec" ||
    provider?.config?.["exec"] !== undefined ||
    provider?.config?.["cmd-path"] !== undefined
  );
}
