import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import type { SweepResult } from "../../src/sweep/sweep.ts";

const END = Date.UTC(2026, 10, 20);
const FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("a repository's own .github/loadline.yml", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      from: path.join(DEMO_REPOSITORY, "apps", "storefront"),
      usage: await recordedUsage(END, "2d", 600),
      window: "2d",
    });
    await stage.quiet();
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const sweepWith = async (text: string | undefined): Promise<SweepResult> => {
    await stage.repository.commit({ author: "alice", files: { [FILE]: text ?? null } });
    // The push sweeps; what that did is there when another one looks.
    await stage.quiet();
    return await stage.serving.sweeper.sweep();
  };
  const container = ({ containers }: SweepResult, name: string) =>
    containers.find((one) => one.workload.name === "storefront" && one.container === name);
  const open = () => stage.repository.pulls().filter(({ state }) => state === "open");

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

  it("counts for the workloads that it declares, and for no others", async () => {
    const swept = await sweepWith("version: 1\npolicies:\n  - { name: calm, profile: safe }\n");
    expect(container(swept, "web")?.policy.name).toBe("calm");
    const others = swept.containers.filter(({ source }) => source.at === undefined);
    expect(others.length).toBeGreaterThan(5);
    expect(new Set(others.map(({ policy }) => policy.name))).toEqual(new Set(["policy"]));
  });

  it("can switch off what is proposed here, which closes what is open with a word", async () => {
    const swept = await sweepWith("version: 1\npolicy: { mode: disabled }\n");
    expect(container(swept, "web")?.held[0]?.code).toBe("disabled");
    expect(open()).toEqual([]);
  });

  describe("that can't be read", () => {
    const issues = () => stage.repository.issues();

    it("leaves the repository alone, and says so in an issue with line and column", async () => {
      const { failures, repositories } = await sweepWith(
        "version: 1\npolicy:\n  mode: auto\n  '@alice <b>': 1\n",
      );
      expect(failures.join("\n")).toContain(".github/loadline.yml:3:3: policy.mode: auto is more than");
      expect(failures.join("\n")).toContain(".github/loadline.yml:4:3: unknown key");
      expect(repositories).toEqual([]);
      expect(open()).toEqual([]);
      expect(issues()).toHaveLength(1);
      expect(issues()[0]).toMatchObject({
        title: "Loadline can't read .github/loadline.yml",
        state: "open",
        body: expect.stringMatching(
          /^- `+ ?\.github\/loadline\.yml:4:3: unknown key "@alice <b>" in policy/m,
        ),
      });
    });

    it("edits that issue when the fault is another one, and says nothing twice", async () => {
      const number = issues()[0]?.number;
      await sweepWith("version: 1\npolicies: 7\n");
      const since = stage.github.mark();
      await stage.serving.sweeper.sweep();
      expect(since().filter(({ method, path: at }) => method !== "GET" && at.includes("/issues"))).toEqual(
        [],
      );
      expect(issues()).toHaveLength(1);
      expect(issues()[0]).toMatchObject({ number, state: "open" });
      expect(issues()[0]?.body).toContain(".github/loadline.yml:2:1: policies: ");
      expect(issues()[0]?.body).not.toContain("unknown key");
    });

    it("leaves the issue closed to a person who closed it, as long as the fault is the same", async () => {
      await stage.repository.close(issues()[0]?.number ?? 0, "alice");
      await stage.serving.sweeper.sweep();
      expect(issues().map(({ state }) => state)).toEqual(["closed"]);
      await sweepWith("version: 1\npolicies: 8.5\nignore: none\n");
      expect(issues().map(({ state }) => state)).toEqual(["open"]);
    });

    it("closes the issue with a word when it can be read again, and opens it again for the next fault", async () => {
      const { repositories } = await sweepWith("version: 1\n");
      expect(repositories).toHaveLength(1);
      expect(open()).toHaveLength(1);
      const [issue] = issues();
      expect(issue?.state).toBe("closed");
      expect(stage.repository.comments(issue?.number ?? 0).map(({ body }) => body)).toEqual([
        expect.stringContaining("can be read again"),
      ]);
      await sweepWith("version: 1\npolicies: 8.5\nignore: none\n");
      expect(issues().map(({ state }) => state)).toEqual(["open"]);
    });
  });
});
