import { describe, expect, it } from "vitest";
import { anyOf, selector } from "../../src/metrics/promql.ts";

describe("a label that is any of some values", () => {
  it("is matched by each of them and by nothing else", () => {
    const pods = { label: "pod", in: ["a.b", "c"] };
    expect(selector("up", [pods])).toBe(String.raw`up{pod=~"a\\.b|c"}`);
  });

  // Mimir's store-gateway takes the alternatives of `total|` for values, and no series has an empty one.
  it("or is missing, without an alternative that is empty", () => {
    expect(selector("up", [{ label: "cpu", in: ["total", ""] }])).toBe('up{cpu=~"(?:total)?"}');
    const whole = new RegExp(`^(?:${anyOf(["", "a+b", "c"])})$`);
    const matched = ["", "a+b", "c", "aab", "a", "a+bc"].filter((text) => whole.test(text));
    expect(matched).toEqual(["", "a+b", "c"]);
  });
});
