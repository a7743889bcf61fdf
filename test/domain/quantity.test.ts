import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  baseUnits,
  cpuQuantity,
  isQuantity,
  memoryQuantity,
  nanos,
  sameQuantity,
} from "../../src/domain/quantity.ts";

const E9 = 10n ** 9n;

describe("the value of a quantity", () => {
  it.each([
    ["0", 0n],
    ["1", E9],
    ["100m", 10n ** 8n],
    [".5", 5n * 10n ** 8n],
    ["5.", 5n * E9],
    ["+1.5", 1_500_000_000n],
    ["-1.5", -1_500_000_000n],
    ["1Ki", 1024n * E9],
    ["1.5Gi", 1_610_612_736n * E9],
    ["1E", 10n ** 27n],
    ["1E3", 1000n * E9],
    ["1e-3", 10n ** 6n],
    ["1e+2", 100n * E9],
    ["12E", 12n * 10n ** 27n],
    ["1Ei", 2n ** 60n * E9],
    ["1n", 1n],
    ["0.1n", 1n],
    ["-0.1n", -1n],
    ["1e-999", 1n],
    ["0.0000000001", 1n],
    ["0e-999", 0n],
  ])("%s is %d billionths", (text, value) => {
    expect(nanos(text)).toBe(value);
  });

  it.each([
    "",
    ".",
    "+",
    "m",
    "1 ",
    " 1",
    "1 Gi",
    "1K",
    "1gi",
    "1mi",
    "1KiB",
    "1e",
    "1e1.5",
    "1e1000",
    "1Gim",
    "1m1",
    "0x10",
    "1_000",
    "1,5",
    "--1",
    "NaN",
    "Infinity",
    "١",
    "1\n",
    "${CPU}",
    "9".repeat(65),
  ])("%j is none", (text) => {
    expect(nanos(text)).toBeUndefined();
    expect(isQuantity(text)).toBe(false);
    expect(() => baseUnits(text)).toThrow("not a Kubernetes quantity");
  });

  it("may not be negative in requests and limits", () => {
    expect([isQuantity("-1"), isQuantity("-0"), isQuantity("0")]).toEqual([false, true, true]);
  });

  it("is the same however it is written", () => {
    expect(sameQuantity("0.5", "500m")).toBe(true);
    expect(sameQuantity("1Gi", "1024Mi")).toBe(true);
    expect(sameQuantity("1G", "1Gi")).toBe(false);
    expect(sameQuantity(undefined, "0")).toBe(false);
    expect(sameQuantity(undefined, undefined)).toBe(true);
    expect(sameQuantity("?", "?")).toBe(true);
    expect(sameQuantity("?", "0")).toBe(false);
  });
});

/** As fractions over a common denominator, with nothing rounded: slow, and obviously right. */
const SCALES = [
  ["n", -9, 0],
  ["u", -6, 0],
  ["m", -3, 0],
  ["", 0, 0],
  ["k", 3, 0],
  ["M", 6, 0],
  ["G", 9, 0],
  ["T", 12, 0],
  ["P", 15, 0],
  ["E", 18, 0],
  ["Ki", 0, 10],
  ["Mi", 0, 20],
  ["Gi", 0, 30],
  ["Ti", 0, 40],
  ["Pi", 0, 50],
  ["Ei", 0, 60],
  ["e-5", -5, 0],
  ["E7", 7, 0],
  ["e+12", 12, 0],
] as const;
const DIGITS = 12;
const COMMON = 10n ** 24n;

const written = fc
  .tuple(
    fc.oneof(fc.nat({ max: 99 }), fc.nat()),
    fc.option(fc.stringMatching(/^\d{1,12}$/), { nil: undefined }),
    fc.constantFrom(...SCALES),
  )
  .map(([whole, fraction, [suffix, ten, two]]) => ({
    text: `${whole}${fraction === undefined ? "" : `.${fraction}`}${suffix}`,
    /** Times COMMON. */
    exact:
      BigInt(`${whole}${(fraction ?? "").padEnd(DIGITS, "0")}`) *
      10n ** BigInt(24 - DIGITS + ten) *
      2n ** BigInt(two),
  }));

describe("for any quantity", () => {
  it("the value is exact, and rounded up below a billionth", () => {
    fc.assert(
      fc.property(written, ({ text, exact }) => {
        const unit = COMMON / E9;
        expect(nanos(text)).toBe((exact + unit - 1n) / unit);
        expect(nanos(`-${text}`)).toBe(-((exact + unit - 1n) / unit));
      }),
      { numRuns: 2000 },
    );
  });

  it("the order is that of the exact values", () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [low, high] = a.exact <= b.exact ? [a, b] : [b, a];
        expect(baseUnits(low.text)).toBeLessThanOrEqual(baseUnits(high.text));
      }),
      { numRuns: 2000 },
    );
  });

  it("any whole number of bytes is told exactly, and any number of millicores as division tells it", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat({ max: 1e6 }), (bytes, millis) => {
        expect(baseUnits(String(bytes))).toBe(bytes);
        expect(baseUnits(`${millis}m`)).toBe(millis / 1000);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("writing quantities", () => {
  it.each([
    [0, "0"],
    [0.001, "1m"],
    [0.0011, "2m"],
    [0.35, "350m"],
    [1, "1"],
    [1.5, "1500m"],
    [2.0000000001, "2"],
    [100, "100"],
  ])("%d cores are %s", (cores, text) => {
    expect(cpuQuantity(cores)).toBe(text);
  });

  it.each([
    [0, "0Mi"],
    [1, "1Mi"],
    [2 ** 20, "1Mi"],
    [2 ** 20 + 100, "2Mi"],
    [2 ** 30, "1Gi"],
    [1.5 * 2 ** 30, "1536Mi"],
    [1e12, "953675Mi"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(memoryQuantity(bytes)).toBe(text);
  });

  it("any whole number of millicores and MiB comes back", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e7 }), (count) => {
        expect(nanos(cpuQuantity(count / 1000))).toBe(BigInt(count) * 10n ** 6n);
        expect(nanos(memoryQuantity(count * 2 ** 20))).toBe(BigInt(count) * 2n ** 20n * E9);
      }),
      { numRuns: 2000 },
    );
  });
});
