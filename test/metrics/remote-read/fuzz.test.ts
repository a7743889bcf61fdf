import { expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";

it("thousands of damaged answers are read or refused, at once, and nothing else", () => {
  const before = process.memoryUsage().rss;
  const { refused, slowestMs } = fuzz(1, (runs) => runs === 2000);
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(1950);
  expect(slowestMs).toBeLessThan(500);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
});
