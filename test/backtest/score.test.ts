import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overall, score, type Scores } from "../../src/backtest/score.ts";
import { exactDistribution } from "../../src/usage/distribution.ts";
import { sketchOf } from "../../src/usage/sketch.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

/** A hundred samples of which so many are 3, the others 1. */
function hundred(high: number): number[] {
  return Array.from({ length: 100 }, (_, index) => (index < high ? 3 : 1));
}

function scored(
  days: readonly (readonly [value: number, used: readonly number[]])[],
  limit = UNLIMITED,
): Scores {
  const scores = score(days.map(([value, used]) => ({ value, limit, used: [exactDistribution(used)] })));
  if (!scores) throw new Error("nothing was scored");
  return scores;
}

describe("the score of a strategy", () => {
  it("is counted by hand so", () => {
    const scores = scored([
      [2, hundred(5)],
      [2.19, hundred(6)],
      [4, hundred(50)],
      [2, hundred(0)],
    ]);
    // Used 110 + 112 + 200 + 100, reserved 200 + 219 + 400 + 200.
    expect(scores.slack).toBeCloseTo(1 - 522 / 1019, 12);
    expect(scores.over).toBeCloseTo(11 / 400, 12);
    // Exactly 5 % is not over; 2 → 2.19 is no change.
    expect(scores).toMatchObject({ periods: 4, daysOver: 1 / 4, churn: 2 / 3 });
    expect(scores.reserved).toBeCloseTo(2.5475, 12);
    expect(scores.used).toBeCloseTo(1.305, 12);
  });

  it("counts a value that equals the request as within it", () => {
    expect(scored([[1, [1, 1, 1]]])).toMatchObject({ over: 0, slack: 0, daysOver: 0, churn: 0 });
  });

  it("counts samples above the limit, and the days with them", () => {
    const days = [
      [2, hundred(5)],
      [2, hundred(0)],
    ] as const;
    expect(scored(days, 2)).toMatchObject({ ooms: 5, oomDays: 1 });
    expect(scored(days, 3)).toMatchObject({ ooms: 0, oomDays: 0 });
  });

  it("is the same for one pod as for its samples dealt to several", () => {
    const of = (used: readonly (readonly number[])[]): Scores | undefined =>
      score([{ value: 2, limit: 2, used: used.map((one) => exactDistribution(one)) }]);
    const [several, one] = [of([hundred(4), hundred(8), []]), of([[...hundred(4), ...hundred(8)]])];
    expect(several).toMatchObject({ over: one?.over, daysOver: one?.daysOver, ooms: 12, oomDays: 1 });
    expect(several?.slack).toBeCloseTo(one?.slack ?? 0, 12);
  });

  it("is over all series the plain mean of shares, and the sum of amounts", () => {
    const [a, b] = [
      scored([[2, hundred(0)]]),
      scored(
        [
          [8, hundred(100)],
          [4, hundred(100)],
        ],
        1,
      ),
    ];
    expect(overall([a, b])).toMatchObject({
      periods: 3,
      slack: (a.slack + b.slack) / 2,
      churn: 1 / 2,
      ooms: 200,
      reserved: 8,
    });
    expect([overall([]), score([])]).toEqual([undefined, undefined]);
  });

  it("is for any values what counting them gives, and for sketches nearly so", () => {
    const values = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 1, maxLength: 50 });
    const days = fc.array(fc.tuple(fc.double({ min: 0.01, max: 10, noNaN: true }), values), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(days, (days) => {
        const scores = scored(days);
        const all = days.flatMap(([value, used]) => used.map((one) => [one, value] as const));
        const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
        expect(scores.slack).toBeCloseTo(
          1 - sum(all.map(([used]) => used)) / sum(all.map(([, value]) => value)),
          9,
        );
        expect(scores.over).toBeCloseTo(all.filter(([used, value]) => used > value).length / all.length, 9);
        const sketched = score(
          days.map(([value, used]) => ({ value, limit: UNLIMITED, used: [sketchOf(used)] })),
        );
        expect(sketched?.slack).toBeCloseTo(scores.slack, 9);
      }),
      { numRuns: 200 },
    );
  });
});
