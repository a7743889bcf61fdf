import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../demo/stage.ts";
import { installedRepository } from "../../src/github/repository.ts";
import type { SweepResult } from "../../src/sweep/sweep.ts";
import { stopDelivering, storefrontStage } from "./storefront-stage.ts";

const FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("a repository's own .github/loadline.yml", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await storefrontStage({}, ["storefront", "mailer"]);
    stopDelivering(stage);
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const sweepWith = async (text: string): Promise<SweepResult> => {
    await stage.repository.commit({ author: "alice", files: { [FILE]: text } });
    return await stage.serving.sweeper.sweep();
  };
  const container = ({ containers }: SweepResult, name: string) =>
    containers.find((one) => one.workload.name === "storefront" && one.container === name);
  const open = () => stage.repository.pulls().filter(({ state }) => state === "open");
  const issues = () => stage.repository.issues();

  it("that was never good leaves the repository alone, and an issue says why, with line and column", async () => {
    const { failures, repositories } = await sweepWith(
      "version: 1\npolicy:\n  mode: auto\n  '@alice <b>': 1\n",
    );
    expect(failures.join("\n")).toMatch(
      /left alone: [^]*\.yml:3:3: policy\.mode: auto is more[^]*\.yml:4:3: unknown key/,
    );
    expect(repositories).toEqual([]);
    expect(open()).toEqual([]);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]).toMatchObject({
      title: "Loadline can't read .github/loadline.yml",
      state: "open",
      body: expect.stringMatching(/^- `\.github\/loadline\.yml:4:3: unknown key "@alice <b>" in policy`$/m),
    });
  });

  it("leaves alone what it ignores, with date and reason, until that day is over", async () => {
    const swept = await sweepWith(
      "version: 1\nignore:\n  - { workload: Deployment/shop/storefront, container: web, until: 2026-11-20, reason: load tests }\n  - { workload: Deployment/shop/storefront, container: nginx, until: 2026-11-19 }\n",
    );
    expect(container(swept, "web")).toMatchObject({
      recommended: null,
      held: ["cpu", "memory"].map((resource) => ({
        resource,
        code: "ignored",
        message: ".github/loadline.yml leaves it alone until 2026-11-20: load tests",
      })),
    });
    expect(container(swept, "nginx")?.recommended).not.toBeNull();
    const [pull] = open();
    expect(pull?.body).toContain("nginx");
    expect(pull?.body).toMatch(/Held back[^]*web`? (?:cpu|memory): .*leaves it alone until 2026-11-20/);
  });

  it("once it is good, closes the issue with a word", () => {
    const [issue] = issues();
    expect(issue?.state).toBe("closed");
    expect(stage.repository.comments(issue?.number ?? 0).map(({ body }) => body)).toEqual([
      expect.stringContaining("can be read again"),
    ]);
  });

  it("counts for the workloads that it declares, and for no others", async () => {
    const swept = await sweepWith(
      "version: 1\npolicy: { profile: safe }\npolicies: [{ name: calm, guards: { largestStepPercent: { down: 1 } } }]\n",
    );
    expect(container(swept, "web")?.policy.name).toBe("calm");
    expect(swept.containers.find(({ workload }) => workload.name === "mailer")?.policy.name).toBe("policy");
  });

  it("that is no longer good stays in force as it was, which the same issue says", async () => {
    const fault = "version: 1\npolicies: 7\n";
    const swept = await sweepWith(fault);
    expect(container(swept, "web")?.policy.name).toBe("calm");
    expect(swept.repositories).toHaveLength(1);
    expect(swept.failures.join("\n")).toMatch(/as it was at [0-9a-f]{10} stays in force: .*:2:1: policies: /);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]?.state).toBe("open");
    expect(issues()[0]?.body).toMatch(/as it was at [0-9a-f]{10} stays in force:\n\n- `.*:2:1: policies: /);
    expect(issues()[0]?.body).not.toContain("unknown key");
  });

  it("says nothing twice, and leaves the issue closed to a person who closed it", async () => {
    const number = issues()[0]?.number ?? 0;
    await stage.repository.close(number, "alice");
    const before = issues()[0]?.updatedAt;
    await stage.serving.sweeper.sweep();
    expect(issues().map(({ state, updatedAt }) => [state, updatedAt])).toEqual([["closed", before]]);
    expect(stage.repository.comments(number)).toHaveLength(1);
  });

  it("can switch off what is proposed here, which closes what is open with a word", async () => {
    const swept = await sweepWith("version: 1\npolicy: { mode: disabled }\n");
    expect(container(swept, "web")?.held[0]?.code).toBe("disabled");
    expect(open()).toEqual([]);
  });

  it("ends an onboarding that was still open", async () => {
    const branch = "loadline/configure";
    await stage.repository.commit({ branch, author: "alice", files: { "NOTES.md": "mine\n" } });
    const { client } = await installedRepository(stage.setup.app, stage.setup.baseUrl, "acme/shop");
    const wanted = { owner: "acme", repo: "shop", title: "Configure Loadline", head: branch, base: "main" };
    const { data } = await client.rest.pulls.create(wanted);
    await stage.serving.sweeper.sweep();
    expect(stage.repository.pull(data.number).state).toBe("closed");
    expect(stage.repository.comments(data.number).map(({ body }) => body)).toEqual([
      expect.stringContaining("not needed any more"),
    ]);
    expect(await stage.repository.branches()).not.toContain(branch);
  });

  it("is done without an issue where the repository has none", async () => {
    const gone = stage.github.fault({ match: ({ path: at }) => at.endsWith("/issues"), status: 410 });
    const { failures, repositories } = await sweepWith("version: 2\n");
    expect(failures).toEqual([expect.stringMatching(/stays in force: .*:1:1: version: /)]);
    expect(repositories).toHaveLength(1);
    gone();
  });
});
