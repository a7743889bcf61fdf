import fc from "fast-check";
import { expect, it } from "vitest";
import { inShards, QueryLimitError } from "../../src/metrics/query-limit-error.ts";

it("asks for halves until the answers fit, and joins them in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), async (items, most) => {
      const answer = await inShards(items, async (shard) => {
        if (shard.length > most) throw new QueryLimitError("too much");
        return [...shard];
      });
      expect(answer).toEqual(items);
    }),
  );
});

it("gives up where one item is too much, and at any other fault at once", async () => {
  const asked: number[] = [];
  const failing = (error: Error) => (shard: readonly number[]) => {
    asked.push(shard.length);
    return Promise.reject(error);
  };
  await expect(inShards([1, 2, 3, 4], failing(new QueryLimitError("too much")))).rejects.toThrow("too much");
  expect(asked).toEqual([4, 2, 1]);
  await expect(inShards([1, 2], failing(new Error("no")))).rejects.toThrow("no");
  expect(asked).toEqual([4, 2, 1, 2]);
});
