import { describe, expect, it } from "vitest";
import type { PlannedContainer } from "../../src/proposals/evidence.ts";
import { whyNotMerged } from "../../src/proposals/may-merge.ts";
import { groupsOf } from "../../src/proposals/groups.ts";
import { propose } from "../../src/proposals/proposal.ts";
import { METHOD, planned } from "./planned.ts";

const TERMS = { soakSeconds: 3600, largestDecreasePercent: 70 };
const auto = (container: PlannedContainer): PlannedContainer => ({
  ...container,
  policy: { ...container.policy, mode: "auto" },
});

/** Why a proposal of these containers, open for two hours, would not be merged by itself. */
function why(
  containers: readonly PlannedContainer[],
  terms = TERMS,
  before = ["main Deployment/shop/api app"],
): string | undefined {
  const files = [{ path: "apps/api.yaml", before: "a", after: "b" }];
  const [proposal] = groupsOf(containers).map((group) => propose("acme/shop", group, files, METHOD));
  if (!proposal) throw new Error("nothing is proposed");
  return whyNotMerged(proposal, 7200, new Set(before), terms);
}

describe("a pull request merges by itself", () => {
  it("where the policy asks for it, and everything else holds", () => {
    expect(why([auto(planned())])).toBeUndefined();
  });

  it("not where the policy of one container does not ask for it", () => {
    expect(why([planned()])).toMatch(/does not ask/);
    expect(why([auto(planned()), planned({ container: "web" })])).toMatch(/does not ask/);
  });

  it("not where anything is less than proven by rendering", () => {
    const one = auto(planned());
    expect(why([{ ...one, source: { ...one.source, status: "probable" } }])).toMatch(/proven/);
    const proof = { rendered: false, changed: one.source.proof?.changed ?? [] };
    expect(why([{ ...one, source: { ...one.source, proof } }])).toMatch(/proven/);
  });

  it("not where it takes away much, or changes what was never merged before, or is young", () => {
    expect(why([auto(planned())], { ...TERMS, largestDecreasePercent: 60 })).toMatch(/more than 60 %/);
    expect(why([auto(planned())], TERMS, [])).toMatch(/never changed/);
    expect(why([auto(planned())], { ...TERMS, soakSeconds: 7201 })).toMatch(/long enough/);
  });
});
