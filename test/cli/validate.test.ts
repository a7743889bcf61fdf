import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadline } from "../support/loadline.ts";

describe("loadline validate of a repository's own file", () => {
  let world: string;
  let own: string;
  beforeAll(async () => {
    world = await mkdtemp(path.join(tmpdir(), "loadline-validate-"));
    own = path.join(world, "shop", ".github", "loadline.yml");
    await mkdir(path.dirname(own), { recursive: true });
    await mkdir(path.join(world, "presets"));
    await writeFile(own, "version: 1\nextends: acme/presets\npolicies: [{ name: mine }]\n");
    await writeFile(
      path.join(world, "presets", "loadline.yml"),
      "version: 1\npolicies: [{ name: theirs }]\n",
    );
    const operator =
      "version: 1\nclusters: [{ name: prod, metricsFile: a.om }]\npolicy: { mode: disabled }\n";
    await writeFile(path.join(world, "loadline.yaml"), operator);
  });
  afterAll(async () => await rm(world, { recursive: true }));

  it("says which presets it did not look at", async () => {
    const { out, code } = await loadline(["validate", own]);
    expect(code).toBe(0);
    expect(out).toBe(
      `${own}: valid, 1 policies, 0 ignored\n${own}: acme/presets//loadline.yml was not looked at; --preset acme/presets=DIR says where it is\n`,
    );
  });

  it("lays it over presets in a folder, and holds all against the operator's configuration", async () => {
    const preset = ["--preset", `acme/presets=${path.join(world, "presets")}`];
    const fine = await loadline(["validate", own, ...preset]);
    expect(fine.out).toBe(`${own}: valid, 2 policies, 0 ignored\n`);
    await writeFile(path.join(world, "presets", "loadline.yml"), "version: 1\npolicy: { mode: recommend }\n");
    const wide = await loadline(["validate", own, ...preset, "--config", path.join(world, "loadline.yaml")]);
    expect(wide.code).toBe(2);
    expect(wide.err).toContain("acme/presets//loadline.yml:2:11: policy.mode: recommend is more than");
  });

  it("knows a preset by a flag", async () => {
    const file = path.join(world, "presets", "loadline.yml");
    const { out } = await loadline(["validate", file, "--repository-file"]);
    expect(out).toBe(`${file}: valid, 0 policies, 0 ignored\n`);
  });
});
