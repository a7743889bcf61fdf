import { describe, expect, it } from "vitest";
import { cameOf } from "../../src/followup/arrival.ts";
import { begin } from "../../src/followup/follow.ts";
import type { FollowState, TargetState } from "../../src/followup/state.ts";

const state = (verdict: FollowState["verdict"], ...targets: TargetState[]): FollowState => ({
  ...begin({ commit: "a".repeat(40), mergedMs: 0, targets: [] }),
  targets: Object.fromEntries(targets.map((target, index) => [`prod Deployment/shop/${index}`, target])),
  ...(verdict ? { verdict } : {}),
});
const waits = (code: string, message = "why") => ({ waits: { code, message } });

describe("how following a merge ended", () => {
  it("is not known before it has", () => {
    expect(cameOf(state(undefined, { healthyMs: 1 }))).toBeUndefined();
  });

  it("says since when all was well that was followed to the end", () => {
    expect(cameOf(state("well", { healthyMs: 1000 }, { healthyMs: 2000 }, { left: "gone" }))).toEqual({
      verdict: "well",
      healthyAt: "1970-01-01T00:00:02.000Z",
    });
    expect(cameOf(state("left", { left: "gone" }))).toEqual({ verdict: "left" });
  });

  it("says what was in the way, unless nothing could be seen, and no longer than a marker has room for", () => {
    expect(cameOf(state("well", { healthyMs: 1 }, waits("not-ready")))).toEqual({
      verdict: "well",
      late: "why",
    });
    expect(cameOf(state("unwatched", waits("unseen")))).toEqual({ verdict: "unwatched" });
    expect(cameOf(state("not-synced", waits("degraded", "x".repeat(500))))?.late).toHaveLength(300);
  });
});
