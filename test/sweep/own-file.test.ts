import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, writeRecording } from "../../demo/recorded-usage.ts";
import { planReportSchema } from "../../src/report/plan-report.ts";
import { usageOf } from "../app/usage-of.ts";
import { loadline } from "../support/loadline.ts";

describe("loadline plan in a folder with a .github/loadline.yml", () => {
  let world: string;
  beforeAll(async () => {
    world = await mkdtemp(path.join(tmpdir(), "loadline-own-file-"));
    await cp(path.join(DEMO_REPOSITORY, "apps", "storefront"), path.join(world, "shop"), { recursive: true });
    await mkdir(path.join(world, "shop", ".github"));
    const now = Math.floor(Date.now() / 300_000) * 300_000;
    await writeRecording(await usageOf(["storefront"], now), path.join(world, "usage.om.gz"));
  });
  afterAll(async () => await rm(world, { recursive: true }));

  const planWith = async (text: string) => {
    await writeFile(path.join(world, "shop", ".github", "loadline.yml"), text);
    const usage = ["--metrics-file", path.join(world, "usage.om.gz"), "--window", "2d"];
    return await loadline(["plan", "--repo", path.join(world, "shop"), ...usage, "--format", "json"]);
  };

  it("leaves alone what it ignores, and goes by its policies", async () => {
    const { out, code } = await planWith(
      "version: 1\npolicies: [{ name: own, profile: safe }]\nignore: [{ workload: Deployment/shop/storefront, container: web }]\n",
    );
    expect(code).toBe(0);
    const { containers } = planReportSchema.parse(JSON.parse(out));
    const [web, nginx] = ["web", "nginx"].map((name) =>
      containers.find(({ container }) => container === name),
    );
    expect(web?.held.map(({ reason }) => reason)).toEqual(["ignored", "ignored"]);
    expect(web?.recommended).toBeNull();
    expect(nginx?.held.map(({ reason }) => reason)).not.toContain("ignored");
    expect(nginx?.policy.name).toBe("own");
  });

  it("stops where it can't be read, and names the place", async () => {
    const { err, code } = await planWith("version: 1\npolicy:\n  mode: auto\n");
    expect(code).toBe(2);
    expect(err).toContain(".github/loadline.yml:3:3: policy.mode: auto is more than");
  });
});
