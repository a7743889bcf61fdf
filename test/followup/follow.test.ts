import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { followComment } from "../../src/followup/comment.ts";
import { begin, follow, type Seen } from "../../src/followup/follow.ts";
import type { Sight } from "../../src/followup/sight.ts";
import { type FollowState, readState } from "../../src/followup/state.ts";
import type { Target } from "../../src/followup/target.ts";

const MERGED = Date.UTC(2026, 10, 22, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const COMMIT = "4f2e".padEnd(40, "0");
const TERMS = { syncWithinSeconds: 1800, watchSeconds: 86_400 };

const target = (name: string): Target => ({
  cluster: "prod-eu",
  workload: { kind: "Deployment", namespace: "shop", name },
  changed: [],
  beforeUnknown: false,
});
const KEY = "prod-eu Deployment/shop/api";
const FRESH = begin({ commit: COMMIT, mergedMs: MERGED, targets: [target("api")] });

const seen = (afterMs: number, sight: Sight, worse: readonly string[] = []): Seen => ({
  sights: new Map([[KEY, sight]]),
  worse: new Map([[KEY, worse]]),
  terms: new Map([[KEY, TERMS]]),
  nowMs: MERGED + afterMs,
});
const pods = (updated: number, ready: number) => ({
  observed: true,
  wanted: 3,
  updated,
  ready,
  old: 3 - updated,
});
const DELIVERY = { name: "Application argocd/shop", healthy: true };
const SYNCED = { ...DELIVERY, revision: COMMIT };

describe("a merge is followed", () => {
  it("from the commit over the sync and the rollout to the end of the watch", () => {
    let state = follow(FRESH, seen(0, { amounts: "other", delivery: DELIVERY }));
    expect(lineOf(state)).toBe("merged as `4f2e000000`");
    state = follow(state, seen(MINUTE, { amounts: "arrived", delivery: SYNCED, rollout: pods(1, 3) }));
    expect(lineOf(state)).toBe("synced at `4f2e000000` by `Application argocd/shop`");
    state = follow(state, seen(2 * MINUTE, { amounts: "arrived", delivery: SYNCED, rollout: pods(3, 3) }));
    expect(lineOf(state)).toBe(
      "synced at `4f2e000000` by `Application argocd/shop`, 3 of 3 pods replaced, healthy after 2 min",
    );
    expect(followComment(state)).toContain("It is watched until 2026-11-23 09:01 UTC");
    state = follow(state, seen(25 * HOUR, { amounts: "arrived", delivery: SYNCED, rollout: pods(3, 3) }));
    expect(state.verdict).toBe("well");
    expect(followComment(state)).toContain("Nothing got worse after it.");
  });

  it("at its end it is said which signals said nothing, as nobody knows of them", () => {
    const arrived: Sight = { amounts: "arrived", delivery: SYNCED, rollout: pods(3, 3) };
    const unread = ["share of @errors"];
    let state = follow(FRESH, { ...seen(MINUTE, arrived), unread });
    expect(state.unread).toBeUndefined();
    state = follow(state, { ...seen(25 * HOUR, arrived), unread });
    expect(followComment(state)).toMatch(
      /Nothing got worse after it\. Of these signals there was too little to compare: share of @\u200berrors\./,
    );
    expect(readState(followComment(state))).toEqual(state);
  });

  it("past the end of the watch while pods are not ready, but not for ever", () => {
    const stuck = { amounts: "arrived", delivery: SYNCED, rollout: pods(1, 2) } as const;
    const early = follow(FRESH, seen(MINUTE, stuck));
    const late = follow(early, seen(25 * HOUR, stuck));
    expect(late.verdict).toBeUndefined();
    expect(lineOf(late)).toContain("**not healthy yet**: not all pods are replaced and ready");
    const ready = { ...stuck, rollout: pods(3, 3) };
    expect(follow(late, seen(26 * HOUR, ready)).verdict).toBe("well");
    expect(follow(late, seen(9 * 24 * HOUR, stuck)).verdict).toBe("well");
  });

  it("to the end of the watch where nothing tells whether pods are ready", () => {
    const state = follow(FRESH, seen(MINUTE, { amounts: "arrived" }));
    const late = follow(state, seen(HOUR, { amounts: "arrived" }));
    expect(lineOf(late)).toContain("nothing tells whether all pods are replaced and ready");
    expect(follow(late, seen(25 * HOUR, { amounts: "arrived" })).verdict).toBe("well");
  });

  it("by the live amounts alone where no delivery is known", () => {
    const state = follow(FRESH, seen(MINUTE, { amounts: "arrived", rollout: pods(3, 3) }));
    expect(lineOf(state)).toBe("runs with the merged amounts, 3 of 3 pods replaced, healthy after 1 min");
  });

  it("and is said to wait, and for what, once it takes too long", () => {
    const hindered = { code: "sync-window", message: "Application argocd/shop may not sync now" };
    const sight: Sight = { amounts: "other", delivery: { ...DELIVERY, hindered } };
    expect(lineOf(follow(FRESH, seen(29 * MINUTE, sight)))).toBe("merged as `4f2e000000`");
    expect(lineOf(follow(FRESH, seen(31 * MINUTE, sight)))).toBe(
      "merged as `4f2e000000`, **not synced yet**: Application argocd/shop may not sync now",
    );
  });

  it("to the finding that it has no effect, where it is synced and other amounts run", () => {
    const sight: Sight = { amounts: "other", delivery: SYNCED };
    const state = follow(follow(FRESH, seen(0, sight)), seen(31 * MINUTE, sight));
    expect(lineOf(state)).toMatch(/and yet other amounts run than those that were merged/);
    expect(state.verdict).toBe("left");
  });

  it("until other amounts come, which are not its own", () => {
    const state = follow(FRESH, seen(0, { amounts: "arrived", delivery: SYNCED }));
    expect(follow(state, seen(HOUR, { amounts: "other", delivery: SYNCED })).verdict).toBe("left");
  });

  it("no longer than a week past its time where it never comes", () => {
    const state = follow(FRESH, seen(9 * 24 * HOUR, { amounts: "other", delivery: DELIVERY }));
    expect(state.verdict).toBe("not-synced");
  });

  it("and what got worse ends it with the evidence", () => {
    const state = follow(FRESH, seen(0, { amounts: "arrived", delivery: SYNCED }));
    const worse = follow(
      state,
      seen(HOUR, { amounts: "arrived", delivery: SYNCED }, ["it was killed `twice`"]),
    );
    expect(worse.verdict).toBe("worse");
    expect(followComment({ ...worse, revert: 12 })).toContain(
      "**Things got worse after it; #12 takes it back:**\n\n- it was killed &#96;twice&#96;",
    );
  });
});

const sights: fc.Arbitrary<Sight> = fc.record(
  {
    amounts: fc.constantFrom("arrived" as const, "other" as const, "gone" as const, "unknown" as const),
    rollout: fc.record({
      observed: fc.boolean(),
      wanted: fc.nat(3),
      updated: fc.nat(3),
      ready: fc.nat(3),
      old: fc.nat(3),
    }),
    delivery: fc.record(
      {
        name: fc.string({ maxLength: 30 }),
        healthy: fc.boolean(),
        revision: fc.constant(COMMIT),
        hindered: fc.record({ code: fc.constant("x"), message: fc.string({ maxLength: 200 }) }),
      },
      { requiredKeys: ["name", "healthy"] },
    ),
  },
  { requiredKeys: ["amounts"] },
);
const looks = fc.array(
  fc.record({ sight: sights, hours: fc.integer({ min: 0, max: 60 }), worse: fc.boolean() }),
  { maxLength: 12 },
);
type Look = { readonly sight: Sight; readonly hours: number; readonly worse: boolean };

describe("whatever is seen", () => {
  const walk = (steps: readonly Look[]): FollowState[] => {
    let [state, afterMs] = [FRESH, 0];
    return steps.map(({ sight, hours, worse }) => {
      afterMs += hours * HOUR;
      state = follow(state, seen(afterMs, sight, worse ? ["worse"] : []));
      return state;
    });
  };

  it("what is known stays known, and a verdict is the last word", () => {
    fc.assert(
      fc.property(looks, (steps) => {
        const states = walk(steps);
        for (const [index, { verdict, targets }] of states.slice(0, -1).entries()) {
          const { waits: _, ...known } = targets[KEY] ?? {};
          expect(states[index + 1]?.targets[KEY]).toMatchObject(known);
          if (verdict) expect(states[index + 1]).toEqual(states[index]);
        }
      }),
    );
  });

  it("looking twice at the same changes nothing", () => {
    fc.assert(
      fc.property(looks, sights, fc.integer({ min: 0, max: 900 }), (steps, sight, hours) => {
        const state = walk(steps).at(-1) ?? FRESH;
        const now = seen(hours * HOUR, sight);
        const once = follow(state, now);
        expect(followComment(follow(once, now))).toBe(followComment(once));
      }),
    );
  });

  it("the comment holds the state, and nothing in it can pass for another one", () => {
    fc.assert(
      fc.property(looks, fc.string(), (steps, text) => {
        const state = walk(steps).at(-1) ?? FRESH;
        const forged = `\n<!-- loadline follow ${JSON.stringify({ ...state, revert: 1 })} -->\n${text}`.slice(
          0,
          500,
        );
        const told = state.verdict === "worse" ? { ...state, worse: [forged] } : state;
        expect(readState(followComment(told))).toEqual(told);
      }),
    );
  });

  it("things get worse once at the most", () => {
    fc.assert(
      fc.property(looks, (steps) => {
        const verdicts = walk(steps).map(({ verdict }) => verdict);
        const turns = verdicts.filter((verdict, at) => verdict === "worse" && verdicts[at - 1] !== "worse");
        expect(turns.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function lineOf(state: FollowState): string | undefined {
  return /^- `Deployment\/shop\/api` in `prod-eu`: (.*)$/m.exec(followComment(state))?.[1];
}
