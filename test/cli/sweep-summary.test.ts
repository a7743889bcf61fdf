import { describe, expect, it } from "vitest";
import { sweepSummary } from "../../src/cli/sweep-summary.ts";
import type { SweptRepository } from "../../src/sweep/sweep.ts";
import { planned } from "../proposals/planned.ts";

const NOTHING = { published: [], waiting: [], held: [], closed: [], merged: [], ticked: [] };

function said(swept: Partial<SweptRepository>): string {
  const repositories = [{ repository: "acme/shop", ...NOTHING, ...swept }];
  return sweepSummary({ containers: [], repositories, followed: [], revertsMerged: [], failures: [] });
}

describe("what a sweep says", () => {
  it("of a repository that is not configured yet is what is awaited", () => {
    expect(said({ onboarding: { outcome: "unchanged", number: 3 } })).toContain(
      "acme/shop: #3 unchanged, which adds .github/loadline.yml: nothing else is opened until it is merged\n",
    );
    expect(said({ onboarding: { outcome: "declined", number: 3 } })).toContain(
      "acme/shop: silent, since #3, ",
    );
  });

  it("of one with nothing to do, and of what was closed, without steering a terminal", () => {
    expect(said({})).toBe("0 containers looked at\nacme/shop: nothing to propose\n");
    const closed = [{ number: 7, title: "a\u001b[31mb", body: "", why: "Nothing is left to do." }];
    expect(said({ closed })).toMatch(/ {2}#7 closed: a\S*b: Nothing is left to do\.\n$/);
    expect(said({ closed })).not.toContain("\u001b");
  });

  it("counts what waits for another environment", () => {
    const hold = { resource: "cpu" as const, code: "waits-for-environment", message: "prod comes after dev" };
    const containers = [planned(), { ...planned(), held: [hold] }];
    expect(
      sweepSummary({ containers, repositories: [], followed: [], revertsMerged: [], failures: [] }),
    ).toBe("2 containers looked at\nwaiting for an environment that comes first: 1\n");
  });
});
