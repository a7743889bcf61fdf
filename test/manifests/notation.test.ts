import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nanos, sameQuantity } from "../../src/domain/quantity.ts";
import { inNotationOf } from "../../src/manifests/notation.ts";

describe("the notation of a new quantity", () => {
  it.each([
    ["0.5", "350m", "cpu", "0.35"],
    [".5", "1500m", "cpu", "1.5"],
    ["0.25", "2", "cpu", "2"],
    ["500m", "350m", "cpu", "350m"],
    ["1", "350m", "cpu", "350m"],
    ["", "350m", "cpu", "350m"],
    ["0.5", "100u", "cpu", "100u"],
    ["1Gi", "384Mi", "memory", "384Mi"],
    ["0.5Gi", "384Mi", "memory", "384Mi"],
  ] as const)("%s → %s of %s is written %s", (old, quantity, resource, written) => {
    expect(inNotationOf(old, quantity, resource)).toBe(written);
  });

  it.each([
    ["1.50", "cpu", "1500m"],
    ["1e1", "cpu", "10"],
    ["32.", "cpu", "32"],
    ["+2", "cpu", "2"],
    ["007", "cpu", "7"],
    ["1e9", "memory", "1G"],
    ["1.5e3", "memory", "1500"],
  ] as const)("%s, which YAML would read as other text, becomes canonical", (quantity, resource, written) => {
    expect(inNotationOf("", quantity, resource)).toBe(written);
  });

  it("always reads back from YAML as it is written, and as the same quantity", () => {
    const quantity = fc
      .tuple(
        fc.nat({ max: 99_999 }),
        fc.option(fc.nat({ max: 999 }), { nil: undefined }),
        fc.constantFrom("", "m", "k", "Mi", "e3", "E2"),
      )
      .map(([whole, part, suffix]) => `${whole}${part === undefined ? "" : `.${part}`}${suffix}`);
    fc.assert(
      fc.property(fc.constantFrom("", "1", "0.5", "500m"), quantity, (old, wanted) => {
        const written = inNotationOf(old, wanted, "memory");
        expect(String(parse(written))).toBe(written);
        // Fractions of a byte are rounded up.
        if ((nanos(wanted) ?? 1n) % 10n ** 9n === 0n) expect(sameQuantity(written, wanted)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
