import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalIn } from "../../src/metrics/decimal.ts";

const read = (text: string): number => decimalIn(Buffer.from(`x${text}y`), 1, 1 + text.length);

describe("a decimal number", () => {
  it("is read to the last bit, as Number reads it", () => {
    const plain = fc
      .tuple(fc.boolean(), fc.stringMatching(/^\d{1,20}$/), fc.stringMatching(/^(?:\.\d{1,20})?$/))
      .map(([negative, whole, fraction]) => `${negative ? "-" : ""}${whole}${fraction}`);
    const printed = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    fc.assert(
      fc.property(fc.oneof(plain, printed), (text) => {
        expect(read(text)).toBe(Number(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
    ["Infinity", Infinity],
    ["NaN", Number.NaN],
    ["null", Number.NaN],
    ["1e+06", 1_000_000],
    ["9007199254740993", 9_007_199_254_740_992],
  ])("may be %s", (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(["", ".", "1.2.3", "0x10", "1e", "--1", "one", " 1"])("is not %j", (text) => {
    expect(() => read(text)).toThrow(SyntaxError);
  });
});
