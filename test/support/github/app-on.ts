import { type Logger, pino } from "pino";
import { ProbotOctokit } from "probot";
import { openApp } from "../../../src/github/app.ts";
import { type InstalledRepository, installedRepository } from "../../../src/github/repository.ts";
import type { GitHub } from "./github.ts";

/** How long a client waits before it asks again, and whether it does. */
export type Retrying = { readonly enabled: false } | { readonly retryAfterBaseValue: number };

interface AppOn {
  readonly webhookSecret?: string;
  readonly log?: Logger;
  readonly retry?: Retrying;
}

/** The App as the program opens it; GitHub spaces writes by seconds, a local one need not. */
export function appOn(github: GitHub, options: AppOn = {}): ReturnType<typeof openApp> {
  const { webhookSecret = "s", log = pino({ level: "silent" }), retry } = options;
  const { id, privateKey } = github.app;
  const credentials = { appId: String(id), privateKey, webhookSecret, baseUrl: github.baseUrl };
  const Octokit = ProbotOctokit.defaults((given: object) => ({
    ...given,
    throttle: { enabled: false },
    ...(retry ? { retry } : {}),
  }));
  return openApp(credentials, log, Octokit);
}

/** A repository as the App sees it. */
export async function installedOn(
  github: GitHub,
  fullName: string,
  options: AppOn = {},
): Promise<InstalledRepository> {
  return await installedRepository(appOn(github, options), github.baseUrl, fullName);
}
