import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QueryLimitError } from "../../src/metrics/query-limit-error.ts";
import { piecewise } from "../../src/usage/piecewise.ts";
import { DAY_MS, dayOf } from "../../src/usage/usage.ts";

const sizes = fc.record({
  days: fc.integer({ min: 1, max: 20 }),
  pods: fc.integer({ min: 2, max: 20 }),
  /** Days of pods in one answer. */
  limit: fc.integer({ min: 1, max: 400 }),
  cutShortMs: fc.constantFrom(0, 1, DAY_MS / 2),
});

describe("what is read piece by piece", () => {
  it("is every pod on every day once, whatever the limit", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ days, pods, limit, cutShortMs }) => {
        const names = Array.from({ length: pods }, (_, index) => `pod-${index}`);
        const window = { startMs: 20_000 * DAY_MS, endMs: (20_000 + days) * DAY_MS - cutShortMs };
        const answers = await piecewise(
          {
            podsOf: async () => names,
            async ask({ startMs, endMs }, some = names) {
              const first = dayOf(startMs);
              const asked = Array.from({ length: dayOf(endMs - 1) - first + 1 }, (_, index) => first + index);
              const answer = asked.flatMap((day) => some.map((pod) => `${day}/${pod}`));
              if (answer.length > limit) throw new QueryLimitError("too much");
              return answer;
            },
          },
          window,
        );
        const wanted = Array.from({ length: days }, (_, day) => names.map((pod) => `${20_000 + day}/${pod}`));
        expect(answers.flat().sort()).toEqual(wanted.flat().sort());
        expect(answers.length).toBeLessThanOrEqual(Math.ceil((2 * days * pods) / limit) * 2);
      }),
    );
  });

  it("is a fault where a day of one pod is too much, or it fails otherwise", async () => {
    const window = { startMs: 0, endMs: 3 * DAY_MS };
    const fail = (error: Error) => ({
      podsOf: async () => ["a", "b"],
      async ask(): Promise<never> {
        throw error;
      },
    });
    await expect(piecewise(fail(new QueryLimitError("too much")), window)).rejects.toThrow("too much");
    await expect(piecewise(fail(new Error("gone")), window)).rejects.toThrow("gone");
  });
});
