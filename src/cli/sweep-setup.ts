import { randomUUID } from "node:crypto";
import path from "node:path";
import { pino } from "pino";
import { loadConfig } from "../config/load.ts";
import type { AppSetup } from "../serve.ts";
import { openRenderer, openRenderStore } from "../sweep/open/open-renderer.ts";
import type { SweepSetup } from "../sweep/setup.ts";

/** With a workflow's token where the environment holds one and no App, else as the App. */
export async function sweepSetup(file: string): Promise<SweepSetup> {
  const { openToken, tokenFromEnvironment } = await import("../github/app.ts");
  const access = tokenFromEnvironment(process.env);
  if (!access) return await appSetup(file, "warn");
  const { baseUrl } = access;
  // Nothing that was signed before is believed then, and nothing is signed.
  return { ...(await commonSetup(file, "warn")), app: openToken(access), baseUrl, secret: randomUUID() };
}

/** What the App works with: configuration, credentials of the environment, a log on stderr. */
export async function appSetup(file: string, level: string): Promise<AppSetup> {
  const common = await commonSetup(file, level);
  // Probot takes a while to load, and the other verbs do without.
  const { credentialsFromEnvironment, openApp } = await import("../github/app.ts");
  const credentials = await credentialsFromEnvironment(process.env);
  return {
    ...common,
    app: openApp(credentials, common.log),
    baseUrl: credentials.baseUrl,
    secret: credentials.webhookSecret,
  };
}

async function commonSetup(
  file: string,
  level: string,
): Promise<Omit<SweepSetup, "app" | "baseUrl" | "secret">> {
  const config = await loadConfig(file);
  return {
    config,
    log: pino({ name: "loadline", level: process.env["LOG_LEVEL"] ?? level }, pino.destination(2)),
    folder: path.dirname(path.resolve(file)),
    renderer: await openRenderer({ network: config.network }),
    kept: await openRenderStore(),
    now: Date.now,
  };
}
