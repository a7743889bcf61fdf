import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readEntries } from "../../src/audit/audit-file.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import { reply, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";
import { onlyCatalog, withKills } from "./catalog-story.ts";
import { addressOf, type DeliveredCluster, deliveredCluster } from "./delivered-cluster.ts";
import { usageOf } from "./usage-of.ts";

const HOUR = 3_600_000;
const FILE = "apps/catalog/catalog.yaml";
const POLICY = `
audit: audit.jsonl
notifications:
  - { name: chat, urlEnv: LOADLINE_TEST_CHAT, on: [merged, reverted] }
policy:
  window: 2d
  mode: auto
  afterMerge: { rest: 3d }
`;

let cluster: DeliveredCluster;
let usage: GeneratedUsage;
let stage: Stage;
let chat: ScriptedServer;
let aheadMs = 0;

/** Each story starts where the one before it ended. */
describe("after the merge", () => {
  beforeAll(async () => {
    cluster = await deliveredCluster();
    chat = await scriptedServer(reply(200, "ok"), reply(200, "ok"), reply(200, "ok"));
    process.env["LOADLINE_TEST_CHAT"] = `${chat.url}/secret`;
    usage = await usageOf(["catalog"], Math.floor(Date.now() / 300_000) * 300_000);
    stage = await setStage({
      from: await onlyCatalog(),
      usage,
      window: "2d",
      config: POLICY,
      // Its objects are changed behind the back of who watches them.
      cluster: `    inventory: kubernetes\n    watch: false\n    events: true\n    kubeconfig: ${cluster.kubeconfig}\n`,
      now: () => Date.now() + aheadMs,
    });
    await stage.quiet();
    cluster.apply(await file(), 2);
    cluster.argo(addressOf(stage), (await stage.repository.tip()) ?? "");
    await stage.serving.sweeper.sweep();
    await stage.quiet();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await chat[Symbol.asyncDispose]();
    delete process.env["LOADLINE_TEST_CHAT"];
  });

  const file = async (): Promise<string> => (await stage.repository.file("main", FILE)) ?? "";
  const comments = (number: number): string[] => stage.repository.comments(number).map(({ body }) => body);
  const follow = async (number: number): Promise<string> => {
    await stage.serving.sweeper.follow();
    await stage.quiet();
    return comments(number).at(-1) ?? "";
  };
  const requestsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const since = stage.github.mark();
    await work();
    return since()
      .map(
        ({ method, graphql, path }) =>
          `${graphql ?? method} ${path.replace(/^\/repos\/acme\/shop/, "").replace(/\?.*/, "")}`,
      )
      .filter((line) => !line.includes("/installation"));
  };

  let merged = 0;

  it("nothing is asked of the cluster while nothing was merged, and one request of GitHub", async () => {
    cluster.api.requests.length = 0;
    expect(await requestsOf(async () => await stage.serving.sweeper.follow())).toEqual([
      "query /api/graphql",
    ]);
    expect(cluster.api.requests).toEqual([]);
  });

  it("a merged pull request gets one comment, which tells at first of the commit alone", async () => {
    [merged = 0] = stage.repository.pulls().map(({ number }) => number);
    const commit = await stage.repository.merge(merged, "alice");
    await stage.quiet();
    expect(comments(merged)).toHaveLength(1);
    expect(comments(merged)[0]).toContain(
      `- \`Deployment/shop/catalog\` in \`prod\`: merged as \`${commit.slice(0, 10)}\`\n`,
    );
  });

  it("then of what keeps it from being synced", async () => {
    aheadMs = HOUR;
    cluster.argo(addressOf(stage), "0".repeat(40), {
      sync: { status: "Unknown", revision: "0".repeat(40) },
      conditions: [{ type: "ComparisonError", message: "failed to generate manifest\nin @alice's app" }],
    });
    expect(await follow(merged)).toMatch(
      /\*\*not synced yet\*\*: Application argocd\/catalog can't compare the repository with the cluster: failed to generate manifest in @\u200balice's app/,
    );
  });

  it("then of the sync at a later commit, of the rollout and of health", async () => {
    const later = await stage.repository.commit({ files: { "README.md": "later\n" }, author: "alice" });
    cluster.apply(await file(), 1);
    cluster.argo(addressOf(stage), later);
    const line = `- \`Deployment/shop/catalog\` in \`prod\`: synced at \`${later.slice(0, 10)}\` by \`Application argocd/catalog\``;
    expect(await follow(merged)).toContain(`${line}\n`);
    cluster.apply(await file(), 2);
    expect(await follow(merged)).toContain(`${line}, 2 of 2 pods replaced, healthy after 60 min\n`);
    expect(comments(merged)).toHaveLength(1);
  });

  it("looking again writes nothing", async () => {
    const requests = await requestsOf(async () => await stage.serving.sweeper.follow());
    expect(requests.filter((line) => !/^(?:GET|query) /.test(line))).toEqual([]);
  });

  let revert = 0;

  it("OOM kills after it open a pull request that takes it back, with the evidence, once", async () => {
    aheadMs = 3 * HOUR;
    stage.repository.protect("main", { approvals: 1 });
    await stage.record(withKills(usage, Date.now() + 2 * HOUR));
    expect(await follow(merged)).toMatch(/\*\*Things got worse after it; #(\d+) takes it back:\*\*/);
    revert = stage.repository.pulls().at(-1)?.number ?? 0;
    const { title, body, labels } = stage.repository.pull(revert);
    expect(title).toMatch(new RegExp(`^Revert #${merged}: Right-size`));
    expect(body).toMatch(
      /container api: killed for lack of memory 2 times in 2 h, and not once in the 24 h before the merge/,
    );
    expect(labels.map(({ name }) => name)).toEqual(["loadline", "loadline-revert"]);
    expect(Object.keys(readMarker(body ?? "")?.reverts?.worse?.tooLittle ?? {})).toEqual([
      "prod Deployment/shop/catalog api",
    ]);
    await follow(merged);
    await stage.serving.sweeper.sweep();
    expect(stage.repository.pulls().map(({ title }) => title.split(":")[0])).toEqual([
      "Right-size apps/catalog",
      `Revert #${merged}`,
    ]);
  });

  it("where the policy merges by itself and GitHub does not let it, that is said once", async () => {
    await follow(merged);
    await follow(merged);
    expect(stage.repository.pull(revert).state).toBe("open");
    expect(comments(revert)).toEqual([
      expect.stringMatching(
        /^\*\*GitHub refused to merge this\.\*\* [^]*At least 1 approving review is required/,
      ),
    ]);
    stage.repository.protect("main");
    await follow(merged);
  });

  it("else it is merged once its proof stands, and the lines are as they were", async () => {
    expect(stage.repository.checkRuns().at(-1)).toMatchObject({ name: "loadline", conclusion: "success" });
    expect(stage.repository.pull(revert).pull.merged).not.toBeNull();
    expect(await file()).toContain("requests: { cpu: 0.5, memory: 768Mi }, limits: { memory: 768Mi }");
  });

  it("all of it is told by events on the workload, and to whom the configuration names", () => {
    expect([...new Set(cluster.events)]).toEqual([
      "RecommendationGenerated",
      "Merged",
      "UpdateFailed",
      "UpdateSuccess",
      "Healthy",
      "Reverted",
    ]);
    expect(cluster.events.filter((reason) => reason === "Reverted")).toHaveLength(1);
    expect(chat.asked.map(({ path: at }) => at)).toEqual(["/secret", "/secret", "/secret"]);
  });

  it("and stands in the audit log, on the evidence of what was proposed", async () => {
    const { entries } = await readEntries(path.join(stage.setup.folder, "audit.jsonl"), 0);
    const evidence = readMarker(stage.repository.pull(merged).body ?? "")?.fingerprint;
    expect(entries.map(({ actor, action, number }) => `${actor} ${action} #${number}`)).toEqual([
      `loadline opened #${merged}`,
      `alice merged #${merged}`,
      `loadline reverted #${merged}`,
      `loadline opened #${revert}`,
      // Told by GitHub, and by who did it.
      `loadline[bot] merged #${revert}`,
      `loadline merged #${revert}`,
    ]);
    expect(entries.every((one) => one.evidence === evidence && one.workloads.length > 0)).toBe(true);
  });

  it("the revert is followed too, until the cluster has it", async () => {
    await follow(revert);
    cluster.apply(await file(), 2);
    cluster.argo(addressOf(stage), (await stage.repository.tip()) ?? "");
    expect(await follow(revert)).toMatch(
      /synced at `\w+` by `Application argocd\/catalog`, 2 of 2 pods replaced/,
    );
  });

  it("the workload rests, and then what was too little is not proposed again", async () => {
    const heldOf = async () =>
      (await stage.serving.sweeper.plan()).containers.find(({ container }) => container === "api");
    const resting = await heldOf();
    expect(resting?.recommended).toBeNull();
    expect(resting?.held[0]).toMatchObject({ code: "resting" });
    aheadMs = 3.5 * 24 * HOUR;
    await stage.record(await usageOf(["catalog"], Math.floor((Date.now() + aheadMs) / 300_000) * 300_000));
    await follow(revert);
    const rested = await heldOf();
    expect(rested?.held.concat(rested.guarded).map(({ code }) => code)).toContain("floor");
  });
});
