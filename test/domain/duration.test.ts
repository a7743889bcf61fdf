import fc from "fast-check";
import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../src/domain/duration.ts";

it.each([
  ["14d", 1_209_600],
  ["1h30m", 5400],
  ["2w", 1_209_600],
  ["90s", 90],
  ["0d1s", 1],
])("%s are %d seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(["", "14", "d", "0d", "-1d", "1.5h", "1 d", "1D", "1y", "1ms", "1d ", "1d\n", "1234567d", "1e3s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  [1_209_600, "14d"],
  [5400, "90m"],
  [86_401, "86401s"],
  [0, "0s"],
])("%d seconds are written %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it("what is written reads back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom(1, 60, 3600, 86_400), (count, unit) => {
      expect(parseDuration(formatDuration(count * unit))).toBe(count * unit);
    }),
  );
});
