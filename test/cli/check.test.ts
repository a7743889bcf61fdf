import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Ajv } from "ajv";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage, writeRecording } from "../../demo/recorded-usage.ts";
import { type CheckReport, checkReportSchema } from "../../src/report/check-report.ts";
import { gitFolder } from "../support/git-folder.ts";
import { faultsBySchema, run } from "./fixture-case.ts";

const deployment = (name: string, resources: string): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: "${name}", namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: web
          resources:
${resources.replaceAll(/^/gm, "            ")}
`;

const BEFORE = deployment(
  "api",
  "requests:\n  cpu: 500m\n  memory: 256Mi\nlimits:\n  cpu: 1\n  memory: 512Mi",
);

describe("loadline check", () => {
  it("says at which line a number changes, by how much, and what Kubernetes will refuse", async () => {
    await using repository = await gitFolder({ files: { "apps/api.yaml": BEFORE } });
    await writeFile(
      path.join(repository.folder, "apps/api.yaml"),
      deployment("api", "requests:\n  cpu: 250m\n  memory: 1Gi\nlimits:\n  memory: 512Mi"),
    );
    const { report } = await check(repository.folder);
    expect(report.findings.map(({ rule, level, line, message }) => [rule, level, line, message])).toEqual([
      [
        "request-above-limit",
        "error",
        12,
        "Deployment/shop/api web: the memory request 1Gi is above the limit 512Mi; Kubernetes refuses such a container",
      ],
      ["amount-changed", "note", 11, "Deployment/shop/api web: requests.cpu 500m → 250m (−50%)"],
      ["amount-changed", "note", 12, "Deployment/shop/api web: requests.memory 256Mi → 1Gi (+300%)"],
      [
        "limit-removed",
        "note",
        14,
        "Deployment/shop/api web: limits.cpu is taken away (was 1): it is no longer throttled",
      ],
    ]);
    expect(report.findings[0]?.file).toBe("apps/api.yaml");
  });

  it("warns of requests and memory limits that are taken away or missing, and exits with 3 if told to", async () => {
    await using repository = await gitFolder({ files: { "apps/api.yaml": BEFORE } });
    await writeFile(
      path.join(repository.folder, "apps/api.yaml"),
      deployment("api", "requests:\n  memory: 256Mi"),
    );
    await writeFile(path.join(repository.folder, "apps/new.yaml"), deployment("new", "limits:\n  cpu: 1"));
    const { report, code } = await check(repository.folder);
    const warned = report.findings.filter(({ level }) => level === "warning");
    expect(warned.map(({ rule, workload, resource }) => [rule, workload, resource])).toEqual([
      ["request-removed", "Deployment/shop/api", "requests.cpu"],
      ["limit-removed", "Deployment/shop/api", "limits.memory"],
      ["request-missing", "Deployment/shop/new", "requests.memory"],
    ]);
    const strict = await check(repository.folder, "--fail-on", "warning");
    expect([code, strict.code]).toEqual([0, 3]);
  });

  it("compares with where the branch was left, not with what came onto the other since", async () => {
    await using repository = await gitFolder({ files: { "apps/api.yaml": BEFORE } });
    const git = async (...args: string[]): Promise<unknown> =>
      await execa("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
        cwd: repository.folder,
      });
    await git("branch", "theirs");
    await git("checkout", "--quiet", "-b", "mine");
    await writeFile(path.join(repository.folder, "apps/api.yaml"), BEFORE.replace("500m", "400m"));
    await git("commit", "--quiet", "--all", "-m", "mine");
    await git("checkout", "--quiet", "theirs");
    await writeFile(path.join(repository.folder, "apps/late.yaml"), deployment("late", "{}"));
    await git("add", "--all");
    await git("commit", "--quiet", "-m", "theirs");
    await git("checkout", "--quiet", "mine");
    const { report } = await check(repository.folder, "--base", "theirs");
    expect(report.findings.map(({ workload, rule }) => [workload, rule])).toEqual([
      ["Deployment/shop/api", "amount-changed"],
    ]);
  });

  it("runs no hook and no filter of the repository, and checks a folder of it by itself", async () => {
    await using repository = await gitFolder({
      files: {
        "a/api.yaml": BEFORE,
        "b/api.yaml": BEFORE,
        ".gitattributes": "*.yaml filter=evil text eol=crlf\n",
      },
    });
    const { folder } = repository;
    const evil = `touch ${path.join(folder, "ran")}`;
    await execa("git", ["config", "filter.evil.smudge", `${evil}; cat`], { cwd: folder });
    await mkdir(path.join(folder, ".git/hooks"), { recursive: true });
    for (const hook of ["post-checkout", "post-index-change"])
      await writeFile(path.join(folder, ".git/hooks", hook), `#!/bin/sh\n${evil}\n`, { mode: 0o755 });
    await writeFile(path.join(folder, "a/api.yaml"), BEFORE.replace("500m", "400m"));
    await writeFile(path.join(folder, "b/api.yaml"), BEFORE.replace("500m", "400m"));
    const { report } = await check(path.join(folder, "a"));
    expect(report.findings.map(({ file, line }) => [file, line])).toEqual([["a/api.yaml", 11]]);
    await expect(readFile(path.join(folder, "ran"))).rejects.toThrow(/ENOENT/);
  });

  it("prints SARIF that its schema describes, each result at a line", async () => {
    await using repository = await gitFolder({
      files: { "apps/an api.yaml": BEFORE, "apps/b.yaml": BEFORE },
    });
    await writeFile(path.join(repository.folder, "apps/an api.yaml"), BEFORE.replace("500m", "2"));
    await rm(path.join(repository.folder, "apps/b.yaml"));
    const { out } = await run("check", "--repo", repository.folder, "--base", "HEAD", "--format", "sarif");
    const schema: unknown = JSON.parse(
      await readFile(path.join(import.meta.dirname, "../checks/golden/sarif-2.1.0.schema.json"), "utf8"),
    );
    if (typeof schema !== "object" || schema === null) throw new Error("no schema");
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const log: unknown = JSON.parse(out);
    validate(log);
    expect(validate.errors).toBeNull();
    expect(log).toMatchObject({
      runs: [
        {
          results: [
            {
              ruleId: "request-above-limit",
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "apps/an%20api.yaml" },
                    region: { startLine: 11 },
                  },
                },
              ],
            },
            { ruleId: "amount-changed" },
          ],
        },
      ],
    });
  });

  it("lets no name end its annotation or begin another command", async () => {
    await using repository = await gitFolder({ files: { "README.md": "none\n" } });
    const hostile = "a\\n::error::owned %0A,line=1";
    await writeFile(path.join(repository.folder, "x,line=1.yaml"), deployment(hostile, "limits:\n  cpu: 1"));
    const { out } = await run("check", "--repo", repository.folder, "--base", "HEAD", "--format", "github");
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^::(?:warning|notice) file=x%2Cline=1\.yaml,line=\d+,/);
    expect(out).toContain("a�::error::owned %250A,line=1");
  });

  it("says what usage says of the new values", async () => {
    await using repository = await gitFolder({ from: DEMO_REPOSITORY });
    await using scratch = await gitFolder({ files: { "README.md": "none\n" } });
    const recording = path.join(scratch.folder, "usage.om.gz");
    await writeRecording(await recordedUsage(Math.floor(Date.now() / 3e5) * 3e5, "1d", 300), recording);
    const file = path.join(repository.folder, "apps/mailer/mailer.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll("512Mi", "2Mi").replace("5e-2", "2"));
    const { report } = await check(repository.folder, "--metrics-file", recording, "--window", "1d");
    const warned = report.findings.filter(({ level }) => level === "warning");
    expect(warned.map(({ rule, resource }) => [rule, resource])).toEqual([
      ["request-below-usage", "requests.memory"],
      ["limit-below-peak", "limits.memory"],
    ]);
    expect(warned[0]?.message).toMatch(/requests\.memory 2Mi is below what it used at p95 \(\d+Mi\)$/);
  });

  it.each([
    [["--base", "nowhere"], /--base nowhere: the repository knows no such commit/],
    [["--base", "HEAD", "--repo", "/tmp"], /belongs to no Git repository/],
  ])("%j exits with 2 and says why", async (flags, message) => {
    const { code, err, out } = await run("check", ...flags);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

async function check(
  folder: string,
  ...flags: string[]
): Promise<{ report: CheckReport; code: number | undefined; err: string }> {
  const base = flags.includes("--base") ? [] : ["--base", "HEAD"];
  const { out, code, err } = await run("check", "--repo", folder, "--format", "json", ...base, ...flags);
  expect(await faultsBySchema("check", out)).toBeNull();
  return { report: checkReportSchema.parse(JSON.parse(out)), code, err };
}
