import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { parseConfig } from "../src/config/load.ts";
import { directoryTree } from "../src/gitops/directory-tree.ts";
import { type AppSetup, serve, type Serving, WEBHOOK_PATH } from "../src/serve.ts";
import { openRenderer } from "../src/sweep/open/open-renderer.ts";
import { appOn } from "../test/support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../test/support/github/github.ts";
import type { GeneratedUsage } from "../test/support/usage-generator.ts";
import { writeRecording } from "./recorded-usage.ts";

/** A GitHub of one's own with one repository, usage of its workloads, and the App running. */
export interface Stage extends AsyncDisposable {
  readonly github: GitHub;
  readonly repository: RepositoryHandle;
  readonly serving: Serving;
  readonly setup: AppSetup;
  /** Replaces what was measured. */
  readonly record: (usage: GeneratedUsage) => Promise<void>;
  /** Resolves when all webhooks are delivered and everything that they set off is done. */
  readonly quiet: () => Promise<void>;
}

export async function setStage(options: {
  /** The folder whose files the repository has. */
  readonly from: string;
  readonly usage: GeneratedUsage;
  readonly window: string;
  /** Lines of the configuration besides clusters and repositories. */
  readonly config?: string;
  /** Whether a repository without a file of its own gets that first; by custom it begins at once. */
  readonly onboarding?: boolean;
  readonly logLevel?: string;
  /** Whether anybody may clone the repository. */
  readonly isPublic?: boolean;
  /** Lines of the cluster besides its name and its usage. */
  readonly cluster?: string;
  /** In Unix milliseconds; by custom it stays at the end of the usage. */
  readonly now?: () => number;
}): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-stage-"));
  const record = async (usage: GeneratedUsage): Promise<void> =>
    await writeRecording(usage, path.join(folder, "usage.om.gz"));
  await record(options.usage);
  const github = await startGitHub();
  const repository = await github.createRepository("acme/shop", {
    files: await filesBelow(options.from),
    author: "alice",
    private: !(options.isPublic ?? false),
  });
  const webhookSecret = "a secret of the stage";
  const log = pino({ level: options.logLevel ?? "silent" }, pino.destination(2));
  const setup: AppSetup = {
    config: parseConfig(
      `onboarding: ${options.onboarding ?? false}\n${configuration(options.window, options.config ?? "", options.cluster ?? "")}`,
      "loadline.yaml",
    ),
    folder,
    log,
    app: appOn(github, { webhookSecret, log }),
    baseUrl: github.baseUrl,
    renderer: await openRenderer(),
    now: options.now ?? (() => options.usage.window.endMs),
    secret: webhookSecret,
  };
  const serving = await serve(setup, { host: "127.0.0.1", port: 0 });
  github.deliverTo({ url: `${serving.address}${WEBHOOK_PATH}`, secret: webhookSecret });
  return {
    github,
    repository,
    serving,
    setup,
    record,
    quiet: async () => {
      // What the App does may set off webhooks, which may make it do more.
      for (let round = 0; round < 3; round += 1) {
        await github.settled();
        await serving.settled();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await serving[Symbol.asyncDispose]();
      await github[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(window: string, more: string, cluster: string): string {
  return `version: 1
clusters:
  - name: prod
    metricsFile: usage.om.gz
${cluster}repositories:
  - name: acme/shop
pullRequests:
  limits: { open: 100, perHour: 100, perDay: 100 }
${more || `policy:\n  window: ${window}\n`}`;
}

/** Texts of all files of a folder, by path. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const tree = await directoryTree(folder);
  const files = await tree.files();
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file, await readFile(path.join(folder, file), "utf8")] as const),
    ),
  );
}
