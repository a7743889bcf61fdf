import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { argumentsOf } from "../scripts/run-action.ts";

const ROOT = path.join(import.meta.dirname, "..");

const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
  runs: z.object({
    using: z.literal("composite"),
    steps: z.array(
      z.object({ run: z.string().optional(), env: z.record(z.string(), z.string()).optional() }),
    ),
  }),
});

describe("the action for GitHub's workflows", () => {
  it.each([
    [
      "checks against the pull request's own base",
      { COMMAND: "check", REPO: ".", FAIL_ON: "none" },
      { GITHUB_BASE_REF: "main" },
      "check --base origin/main --repo . --fail-on none --format github",
    ],
    [
      "checks with usage, and fails on warnings",
      { COMMAND: "check", BASE: "v1", PROMETHEUS: "http://p:9090", FAIL_ON: "warning", FORMAT: "sarif" },
      {},
      "check --base v1 --prometheus http://p:9090 --fail-on warning --format sarif",
    ],
    [
      "plans with further flags",
      { COMMAND: "plan", REPO: "deploy", NETWORK: "true", ARGUMENTS: "--namespace\n  shop\n\n--check\n" },
      { GITHUB_BASE_REF: "main" },
      "plan --repo deploy --network --format markdown --namespace shop --check",
    ],
    [
      "sweeps the repository of the workflow",
      { COMMAND: "sweep", REPO: ".", CONFIG: "loadline.yaml" },
      { GITHUB_REPOSITORY: "acme/shop" },
      "sweep --config loadline.yaml --repository acme/shop",
    ],
  ])("%s", (_, inputs, env, expected) => {
    const given = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value]));
    expect(argumentsOf({ ...env, ...given })).toEqual(expected.split(" "));
  });

  it("never lets an input become two words, or another flag", () => {
    const hostile = "x --write\n$(id)";
    expect(argumentsOf({ INPUT_COMMAND: "check", INPUT_BASE: hostile, INPUT_CONFIG: hostile })).toEqual([
      "check",
      "--base",
      hostile,
      "--config",
      hostile,
      "--format",
      "github",
    ]);
  });

  it.each([
    [{ INPUT_COMMAND: "sweep" }, "config: sweep needs a configuration file"],
    [{ INPUT_COMMAND: "check" }, "base: only a pull request has one of its own; name a branch"],
    [{ INPUT_COMMAND: "rm" }, "command: rm is none of check, plan, sweep"],
  ])("says what is missing: %j", (env, problem) => {
    expect(argumentsOf(env)).toEqual({ problem });
  });

  it("hands every input on by the environment, and none by the text of a command", async () => {
    const { inputs, runs } = actionSchema.parse(parse(await readFile(path.join(ROOT, "action.yml"), "utf8")));
    const env = Object.assign({}, ...runs.steps.map((step) => step.env ?? {}));
    for (const name of Object.keys(inputs)) {
      const key = name === "token" ? "GITHUB_TOKEN" : `INPUT_${name.toUpperCase().replaceAll("-", "_")}`;
      expect(env).toHaveProperty(key, `\${{ inputs.${name} }}`);
    }
    expect(Object.keys(env)).toHaveLength(Object.keys(inputs).length);
    for (const { run = "" } of runs.steps) expect(run).not.toContain("${{");
    const script = await readFile(path.join(ROOT, "scripts", "run-action.ts"), "utf8");
    for (const [, name] of script.matchAll(/input\("(\w+)"\)/g)) expect(env).toHaveProperty(`INPUT_${name}`);
  });
});
