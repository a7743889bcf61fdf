import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { InputError } from "../domain/input-error.ts";

export type GitHubClient = InstanceType<typeof ProbotOctokit>;

/** What a GitHub App needs to speak for itself. */
export interface AppCredentials {
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Of the REST API, such as `https://api.github.com`. */
  readonly baseUrl: string;
}

/**
 * Credentials by the environment, under the names that Probot uses: `APP_ID`, `PRIVATE_KEY` or
 * `PRIVATE_KEY_PATH`, `WEBHOOK_SECRET`, and for an Enterprise Server `GHE_HOST` (with `GHE_PROTOCOL`).
 * Without all of them Loadline does not start: Probot would take a well-known secret instead.
 */
export async function credentialsFromEnvironment(env: NodeJS.ProcessEnv): Promise<AppCredentials> {
  const { APP_ID: appId, WEBHOOK_SECRET: webhookSecret } = env;
  const privateKey = await privateKeyOf(env);
  const missing = Object.entries({
    APP_ID: appId,
    "PRIVATE_KEY or PRIVATE_KEY_PATH": privateKey,
    WEBHOOK_SECRET: webhookSecret,
  })
    .filter(([, value]) => value === undefined || value === "")
    .map(([name]) => name);
  if (!appId || !privateKey || !webhookSecret)
    throw new InputError(
      `the environment lacks ${missing.join(", ")}: see docs/github-app.md for how to get them`,
    );
  if (!privateKey.includes("PRIVATE KEY")) throw new InputError("PRIVATE_KEY holds no PEM private key");
  return {
    appId,
    privateKey,
    webhookSecret,
    baseUrl: baseUrlOf(env),
  };
}

async function privateKeyOf({
  PRIVATE_KEY: text,
  PRIVATE_KEY_PATH: file,
}: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (text)
    return text.includes("PRIVATE KEY")
      ? text.replaceAll("\\n", "\n")
      : Buffer.from(text, "base64").toString();
  if (!file) return undefined;
  return await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`PRIVATE_KEY_PATH ${file}: can't be read (${error.code})`);
  });
}

/** What a workflow's token lets Loadline do, where it has no App's key. */
export interface TokenAccess {
  readonly token: string;
  readonly client: GitHubClient;
}

/** As what Loadline speaks to GitHub. */
export type GitHubAccess = Probot | TokenAccess;

/**
 * `GITHUB_TOKEN`, where the environment names no App, and the address that it is for: of `GHE_HOST`, or as a workflow
 * has it in `GITHUB_API_URL`.
 */
export function tokenFromEnvironment(
  env: NodeJS.ProcessEnv,
): { readonly token: string; readonly baseUrl: string } | undefined {
  const { APP_ID: app, GITHUB_TOKEN: token, GHE_HOST: host, GITHUB_API_URL: url } = env;
  if (app || !token) return undefined;
  return { token, baseUrl: host || !url ? baseUrlOf(env) : url.replace(/\/+$/, "") };
}

export function openToken(
  { token, baseUrl }: { readonly token: string; readonly baseUrl: string },
  Octokit: typeof ProbotOctokit = PatientOctokit,
): TokenAccess {
  return { token, client: new Octokit({ auth: { token }, baseUrl, retry: ONCE }) };
}

function baseUrlOf({ GHE_HOST: host, GHE_PROTOCOL: protocol = "https" }: NodeJS.ProcessEnv): string {
  return host ? `${protocol}://${host}/api/v3` : "https://api.github.com";
}

/** What Octokit does not ask a second time by custom, and 405 and 409: a merge that is refused stays refused. */
const ONCE = { doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 451] };

/** Longer than this nobody waits for GitHub to take requests again: what is left is for the next sweep. */
const LONGEST_WAIT_SECONDS = 300;
const MOST_WAITS = 3;

/** Waits as long as GitHub asks for when it has had too many requests, by the hour or at once. */
export const PatientOctokit = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: {
    ...("throttle" in options ? Object(options.throttle) : {}),
    onRateLimit: isWorthWaiting,
    onSecondaryRateLimit: isWorthWaiting,
  },
}));

function isWorthWaiting(
  seconds: number,
  { method, url }: { readonly method: string; readonly url: string },
  { log }: { readonly log: { readonly warn: (text: string) => unknown } },
  waits: number,
): boolean {
  const waiting = seconds <= LONGEST_WAIT_SECONDS && waits < MOST_WAITS;
  log.warn(
    `GitHub takes no more requests for ${seconds} seconds: ${method} ${url} ${waiting ? "waits" : "is given up"}`,
  );
  return waiting;
}

/** Probot with throttling and retries; `Octokit` only differs in tests that can't wait. */
export function openApp(
  credentials: AppCredentials,
  log: Logger,
  Octokit: typeof ProbotOctokit = PatientOctokit,
): Probot {
  const { appId, privateKey, webhookSecret, baseUrl } = credentials;
  const Own = Octokit.defaults((options: object) => ({ retry: ONCE, ...asksForTokensAt(baseUrl, options) }));
  return new Probot({ appId, privateKey, secret: webhookSecret, baseUrl, log, Octokit: Own });
}

/** What asks for a token anew is not told by Probot of a GitHub of one's own. */
function asksForTokensAt(baseUrl: string, options: object): object {
  const auth: unknown = "auth" in options ? options.auth : undefined;
  return hasRequest(auth)
    ? { ...options, auth: { ...auth, request: auth.request.defaults({ baseUrl }) } }
    : options;
}

function hasRequest(auth: unknown): auth is { readonly request: GitHubClient["request"] } {
  return typeof auth === "object" && auth !== null && "request" in auth && typeof auth.request === "function";
}
