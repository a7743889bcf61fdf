import fc from "fast-check";
import { expect, it } from "vitest";
import { exactMemoryQuantity, nanos } from "../../src/domain/quantity.ts";

it.each([
  [268_435_456, "256Mi"],
  [2 ** 30, "1Gi"],
  [1536 * 2 ** 20, "1536Mi"],
  [500_000_000, "500M"],
  [2e9, "2G"],
  [131_072, "128Ki"],
  [131_073, "131073"],
  [0, "0"],
  [0.1, "1"],
])("%d bytes are written %s", (bytes, text) => {
  expect(exactMemoryQuantity(bytes)).toBe(text);
});

it("any whole number of bytes comes back exactly", () => {
  const bytes = fc.oneof(
    fc.maxSafeNat(),
    fc.nat({ max: 1 << 20 }).map((count) => count * 2 ** 20),
    fc.nat({ max: 1e9 }).map((count) => count * 1000),
  );
  fc.assert(
    fc.property(bytes, (count) => {
      expect(nanos(exactMemoryQuantity(count))).toBe(BigInt(count) * 10n ** 9n);
    }),
  );
});
