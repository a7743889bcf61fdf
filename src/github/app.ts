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
  const {
    APP_ID: appId,
    WEBHOOK_SECRET: webhookSecret,
    GHE_HOST: host,
    GHE_PROTOCOL: protocol = "https",
  } = env;
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
    baseUrl: host ? `${protocol}://${host}/api/v3` : "https://api.github.com",
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

/** Probot with its throttling and retries; `Octokit` only differs in tests that can't wait. */
export function openApp(
  credentials: AppCredentials,
  log: Logger,
  Octokit: typeof ProbotOctokit = ProbotOctokit,
): Probot {
  const { appId, privateKey, webhookSecret, baseUrl } = credentials;
  return new Probot({ appId, privateKey, secret: webhookSecret, baseUrl, log, Octokit });
}
