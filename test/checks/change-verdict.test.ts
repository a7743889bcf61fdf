import { describe, expect, it } from "vitest";
import { judgeChange } from "../../src/checks/change-verdict.ts";
import type { Finding, Level } from "../../src/checks/finding.ts";
import { checksOfOthers } from "../../src/config/checks.ts";

const finding = (level: Level, message: string): Finding => ({
  rule: "amount-changed",
  level,
  message,
  file: "a.yaml",
  line: 3,
});

describe("what is said of somebody else's change", () => {
  const findings = [finding("note", "a `b`: cpu 1 → 2"), finding("warning", "too little")];

  it("is neutral, with what speaks against it first", () => {
    const { conclusion, title, summary } = judgeChange(findings, { failOn: "none", unmeasured: [] });
    expect({ conclusion, title }).toEqual({
      conclusion: "neutral",
      title: "Requests or limits change: 1 warning",
    });
    expect(summary.split("\n\n").slice(0, 4)).toEqual([
      "### What speaks against it",
      "- too little at `a.yaml:3`",
      "### What the rendered containers change",
      "- a &#96;b&#96;: cpu 1 → 2 at `a.yaml:3`",
    ]);
  });

  it.each([
    ["none", "warning", "neutral"],
    ["error", "warning", "neutral"],
    ["error", "error", "failure"],
    ["warning", "warning", "failure"],
    ["warning", "error", "failure"],
    ["warning", "note", "neutral"],
  ] as const)("where %s fails, one of level %s is %s", (failOn, level, conclusion) => {
    expect(judgeChange([finding(level, "said")], { failOn, unmeasured: [] }).conclusion).toBe(conclusion);
  });

  it("says what could not be measured, and cuts a long list", () => {
    const many = Array.from({ length: 130 }, (_, index) => finding("note", `number ${index}`));
    const { summary } = judgeChange(many, { failOn: "none", unmeasured: ["prod could not be read."] });
    expect(summary).toContain("- and 30 more");
    expect(summary).toContain("Not held against use: prod could not be read.");
  });
});

describe("whose pull requests are checked, and how strictly", () => {
  it.each([
    [{}, {}, undefined],
    [{ checks: "all" }, undefined, "none"],
    [{ checks: "all", checksFailOn: "error" }, { checks: "own" }, undefined],
    [{ checks: "all", checksFailOn: "error" }, { checksFailOn: "none" }, "error"],
    [{ checks: "all" }, { checksFailOn: "warning" }, "warning"],
    [{ checks: "own" }, { checksFailOn: "warning" }, undefined],
  ] as const)("%j with a repository's own %j: %s", (operator, own, is) => {
    expect(checksOfOthers(operator, own)).toBe(is);
  });
});
