import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Logger, pino } from "pino";
import { ProbotOctokit } from "probot";
import { DEMO_REPOSITORY, writeRecording } from "../../demo/recorded-usage.ts";
import { filesBelow } from "../../demo/stage.ts";
import { parseConfig } from "../../src/config/load.ts";
import { openApp } from "../../src/github/app.ts";
import { type AppSetup, serve, type Serving, WEBHOOK_PATH } from "../../src/serve.ts";
import { openRenderer } from "../../src/sweep/open/open-renderer.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";
import type { Files } from "../support/github/repository-handle.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";
import { usageOf } from "./usage-of.ts";

/** Of the recordings: the last midnight, since commands of today alone are made up for. */
export const END = Math.floor(Date.now() / 86_400_000) * 86_400_000;

/** How a process of the App is set up. */
export interface Circumstances {
  /** A recording; of `more` than `usual`, some use several times what they do in `usual`, so that other values are proposed. */
  readonly usage?: string;
  /** Lines of the configuration. */
  readonly config?: string;
  readonly onboarding?: boolean;
  readonly now?: () => number;
  readonly log?: Logger;
  readonly Octokit?: typeof ProbotOctokit;
}

/** One local GitHub and a few recordings, for many short lives of the App, each with repositories of its own. */
export interface Lives extends AsyncDisposable {
  readonly github: GitHub;
  /**
   * A new repository; by default two workloads, the storefront and the mailer, each in a folder. Loadline would
   * change both. What two repositories declare it leaves alone.
   */
  readonly repository: (
    files?: Files | "apart" | "together" | "storefront" | "mailer",
  ) => Promise<RepositoryHandle>;
  /** Keeps a recording for `usage`. */
  readonly record: (name: string, usage: GeneratedUsage) => Promise<void>;
  /** What a process of the App that knows nothing of those before it reaches for. */
  readonly setup: (repositories: readonly RepositoryHandle[], more?: Circumstances) => AppSetup;
  /** Such a process, listening for webhooks. */
  readonly serve: (setup: AppSetup) => Promise<Serving>;
}

export const SECRET = "a secret of many lives";

/** GitHub spaces writes by seconds; a local one need not. What fails, fails at once. */
const Hasty = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
  retry: { enabled: false },
}));

export async function manyLives(): Promise<Lives> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-lives-"));
  const names = ["storefront", "mailer"];
  await writeRecording(await usageOf(names, END), path.join(folder, "usual.om.gz"));
  const factors = { "Deployment/shop/storefront": 3, "Deployment/shop/mailer": 3 };
  await writeRecording(await usageOf(names, END, factors), path.join(folder, "more.om.gz"));
  const apart = await filesOf(names);
  const together = Object.fromEntries(
    Object.entries(apart).map(([file, text]) => [file.replace(/^apps\/\w+\//, "apps/all/"), text]),
  );
  const files = {
    apart,
    together,
    storefront: await filesOf(["storefront"]),
    mailer: await filesOf(["mailer"]),
  };
  const [github, renderer] = await Promise.all([startGitHub(), openRenderer()]);
  // Hundreds of lives share an installation, whose hour has 5,000 requests.
  github.rateLimit = 1_000_000;
  let made = 0;
  return {
    github,
    repository: async (wanted = "apart") =>
      await github.createRepository(`acme/shop-${(made += 1)}`, {
        files: typeof wanted === "string" ? files[wanted] : wanted,
        author: "alice",
      }),
    record: async (name, usage) => await writeRecording(usage, path.join(folder, `${name}.om.gz`)),
    setup: (
      repositories,
      {
        usage = "usual",
        config = "",
        onboarding = false,
        now = () => END,
        log = pino({ level: "silent" }),
        Octokit = Hasty,
      } = {},
    ) => {
      const { id, privateKey } = github.app;
      const credentials = { appId: String(id), privateKey, webhookSecret: SECRET, baseUrl: github.baseUrl };
      return {
        config: parseConfig(configuration(repositories, usage, onboarding, config), "loadline.yaml"),
        folder,
        log,
        app: openApp(credentials, log, Octokit),
        baseUrl: github.baseUrl,
        renderer,
        now,
        secret: SECRET,
      };
    },
    serve: async (setup) => {
      const serving = await serve(setup, { host: "127.0.0.1", port: 0 });
      github.deliverTo({ url: `${serving.address}${WEBHOOK_PATH}`, secret: SECRET });
      return serving;
    },
    [Symbol.asyncDispose]: async () => {
      await github[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** These applications of the demo's. */
async function filesOf(names: readonly string[]): Promise<Files> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-files-"));
  try {
    for (const name of names)
      await cp(path.join(DEMO_REPOSITORY, "apps", name), path.join(folder, "apps", name), {
        recursive: true,
      });
    return await filesBelow(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function configuration(
  repositories: readonly RepositoryHandle[],
  usage: string,
  onboarding: boolean,
  more: string,
): string {
  const policy = /^policy:/m.test(more) ? "" : "policy: { window: 2d }\n";
  const limits = /^pullRequests:/m.test(more)
    ? ""
    : "pullRequests: { limits: { open: 100, perHour: 100, perDay: 100 } }\n";
  const store = /^store:/m.test(more) ? "" : "store: none\n";
  return `version: 1
onboarding: ${onboarding}
${store}clusters: [{ name: prod, metricsFile: ${usage}.om.gz }]
repositories: [${repositories.map(({ fullName }) => `{ name: ${fullName} }`).join(", ")}]
${policy}${limits}${more}`;
}
