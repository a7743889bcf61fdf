import { describe, expect, it } from "vitest";
import { DEFAULT_AFTER_MERGE } from "../../src/domain/after-merge.ts";
import { learnedBy, lessonsOf, type Pull, underWatch } from "../../src/followup/lessons.ts";

const AT = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const KEY = "prod Deployment/shop/api";
const pull = (change: Partial<Pull> = {}, tooLittle = "512Mi"): Pull => ({
  number: 12,
  open: false,
  mergedMs: AT,
  marker: {
    version: 1,
    workloads: [`${KEY} app`],
    fingerprint: "f",
    reverts: {
      number: 7,
      branch: "loadline/api",
      worse: {
        at: new Date(AT).toISOString(),
        tooLittle: { [`${KEY} app`]: { "limits.memory": tooLittle } },
      },
    },
  },
  ...change,
});
const learned = (afterMs: number, ...pulls: readonly Pull[]) =>
  learnedBy(AT + afterMs, lessonsOf(pulls).get(KEY) ?? [], "app", DEFAULT_AFTER_MERGE);

describe("a pull request that took back what hurt", () => {
  it("lets the workload rest, and teaches what is too little for longer", () => {
    expect(learned(DAY, pull())).toEqual({
      resting: { code: "resting", message: "#12 takes back what made it worse; it rests until 2026-12-06" },
      tooLittle: { "limits.memory": "512Mi" },
    });
    expect(learned(15 * DAY, pull())).toEqual({ tooLittle: { "limits.memory": "512Mi" } });
    expect(learned(91 * DAY, pull())).toEqual({ tooLittle: {} });
  });

  it("counts while it is open, and not once somebody closed it", () => {
    const { mergedMs: _, ...unmerged } = pull();
    expect(learned(DAY, { ...unmerged, open: true }).resting).toBeDefined();
    expect(learned(DAY, { ...unmerged, open: false })).toEqual({ tooLittle: {} });
  });

  it("of several, the largest amount that was too little counts", () => {
    expect(learned(DAY, pull({}, "256Mi"), pull({ number: 14 }, "1Gi"), pull()).tooLittle).toEqual({
      "limits.memory": "1Gi",
    });
  });
});

describe("a workload under watch", () => {
  it("is one of a merged pull request that is not followed to its end", () => {
    const { mergedMs: _, ...open } = pull({ number: 20, open: true });
    const ended = pull({ number: 21, marker: { ...pull().marker, followed: true } });
    expect(underWatch([open, ended])).toEqual(new Map());
    expect(underWatch([pull(), pull({ number: 15 })])).toEqual(new Map([[KEY, 15]]));
  });
});
