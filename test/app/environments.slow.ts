import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setStage, type Stage } from "../../demo/stage.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { deployment } from "../gitops/files.ts";
import { type GeneratedUsage, generateUsage } from "../support/usage-generator.ts";
import { stopDelivering } from "./storefront-stage.ts";

const DAY = 86_400_000;
/** Merges are timed by the clock, sweeps by what they are told. */
const START = Math.floor(Date.now() / 300_000) * 300_000;
const ENVIRONMENTS = ["dev", "staging", "prod"];
const CONTAINER = '- name: app\n  resources: { requests: { cpu: "1", memory: 1Gi } }';

/** Two days of use up to then, of pods that ask for this much in each environment. */
function usage(endMs: number, asks: Readonly<Record<string, Resources["requests"]>> = {}): GeneratedUsage {
  return generateUsage(
    ENVIRONMENTS.map((name) => ({
      kind: "Deployment" as const,
      namespace: `shop-${name}`,
      name: "api",
      containers: [
        {
          name: "app",
          role: "main" as const,
          image: "acme/api:1",
          resources: { requests: asks[name] ?? { cpu: "1", memory: "1Gi" }, limits: {} },
          cpu: { shape: "steady" as const, low: 0.6 },
          memory: { shape: "steady" as const, low: 6e8 },
        },
      ],
    })),
    { seed: 1, window: { startMs: endMs - 2 * DAY, endMs }, scrapeSeconds: 300 },
  );
}

/** Each story starts where the one before it ended. */
describe("environments in their order", () => {
  let stage: Stage;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-environments-"));
    for (const name of ENVIRONMENTS) {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, "api.yaml"), deployment("api", CONTAINER, `shop-${name}`));
    }
    stage = await setStage({
      from: folder,
      usage: usage(START),
      window: "2d",
      config:
        "policy:\n  window: 2d\n  guards: { daysOfNewImage: 0, largestStepPercent: { down: 100 } }\nenvironments:\n  - { name: dev, paths: ['dev/**'], for: 1d }\n  - { name: staging, paths: ['staging/**'], for: 2d }\n  - { name: prod, paths: ['prod/**'] }\n",
    });
    await stage.quiet();
    stopDelivering(stage);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const branches = () => stage.repository.pulls().map(({ pull }) => pull.head.ref);
  const sweepAt = async (ms: number, merged: readonly string[]) => {
    const asks = await Promise.all(
      merged.map(async (name) => {
        const text = (await stage.repository.file("main", `${name}/api.yaml`)) ?? "";
        const [, cpu = "", memory = ""] = /cpu: "?([\w.]+)"?, memory: (\w+)/.exec(text) ?? [];
        return [name, { cpu, memory }] as const;
      }),
    );
    await stage.record(usage(ms, Object.fromEntries(asks)));
    const swept = await sweep({ ...stage.setup, now: () => ms });
    expect(swept.failures).toEqual([]);
    lastHolds = swept.containers.flatMap(({ held }) => held.map(({ message }) => message));
    return swept.containers.map(
      ({ workload, held }) => `${workload.namespace} ${held.map(({ code }) => code).join(" ")}`,
    );
  };
  /** Of the last sweep. */
  let lastHolds: readonly string[] = [];
  const waits = (name: string) => `shop-${name} waits-for-environment waits-for-environment`;

  it("the first has its pull request at once, and the others wait", async () => {
    expect(await sweepAt(START, [])).toEqual(expect.arrayContaining([waits("staging"), waits("prod")]));
    expect(branches()).toEqual(["loadline/dev"]);
  });

  it("merged, the next waits until it has been well for its time", async () => {
    await stage.repository.merge(1, "alice");
    expect(await sweepAt(START + DAY / 2, ["dev"])).toEqual(
      expect.arrayContaining([waits("staging"), waits("prod")]),
    );
    expect(branches()).toEqual(["loadline/dev"]);
    expect(lastHolds).toContainEqual(
      expect.stringMatching(
        /^staging comes after dev, where .* was changed by acme\/shop#1: (not all its pods are|it is watched)/,
      ),
    );
    expect(await sweepAt(START + 1.5 * DAY, ["dev"])).toEqual(expect.arrayContaining([waits("prod")]));
    expect(branches()).toEqual(["loadline/dev", "loadline/staging"]);
  });

  it("the last comes when all before it are done", async () => {
    await stage.repository.merge(2, "alice");
    await sweepAt(START + 1.5 * DAY, ["dev", "staging"]);
    expect(branches()).toEqual(["loadline/dev", "loadline/staging"]);
    await sweepAt(START + 2.5 * DAY, ["dev", "staging"]);
    expect(branches()).toEqual(["loadline/dev", "loadline/staging", "loadline/prod"]);
  });

  it("and no later while one before it is taken back", async () => {
    await stage.repository.close(3, "alice");
    await stage.repository.edit(3, "alice", { body: "" });
    const { pull, body } = stage.repository.pull(2);
    const reverted = (body ?? "").replace(
      '"version":1',
      `"version":1,"reverts":{"number":2,"branch":"${pull.head.ref}"}`,
    );
    await stage.repository.commit({
      author: "alice",
      branch: "loadline/revert-2",
      files: { "NOTES.md": "back\n" },
    });
    stage.repository.addCollaborator("alice", "write");
    const created = await fetch(`${stage.github.baseUrl}/repos/acme/shop/pulls`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${stage.github.personalToken("alice")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ title: "Revert", head: "loadline/revert-2", base: "main", body: reverted }),
    });
    expect(created.status).toBe(201);
    expect(await sweepAt(START + 2.5 * DAY, ["dev", "staging"])).toEqual(
      expect.arrayContaining([waits("prod")]),
    );
  });
});
