import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { differences } from "../../src/manifests/compare.ts";
import { type KeyPath, valueAt } from "../../src/manifests/key-path.ts";

describe("differences", () => {
  it.each([
    ["a value", { a: { b: 1 } }, { a: { b: 2 } }, [["a", "b"]]],
    [
      "an added map, by its values",
      {},
      { a: { b: 1, c: 2 } },
      [
        ["a", "b"],
        ["a", "c"],
      ],
    ],
    ["a map in the place of null, by its values", { a: null }, { a: { b: 1 } }, [["a", "b"]]],
    ["a removed map, as a whole", { a: { b: 1 } }, {}, [["a"]]],
    ["an empty map", {}, { a: {} }, [["a"]]],
    ["an item of a list", [1, { a: 1 }], [1, { a: 2 }], [[1, "a"]]],
    ["lists of other length, as a whole", { a: [1] }, { a: [1, 2] }, [["a"]]],
    ["a number that became text", { a: 1 }, { a: "1" }, [["a"]]],
    ["the root", 1, 2, [[]]],
    ["keys that objects inherit", {}, { constructor: { a: 1 } }, [["constructor", "a"]]],
    ["an added __proto__", {}, JSON.parse(`{"__proto__": {}}`), [["__proto__"]]],
  ])("finds %s", (_, before, after, found) => {
    expect(differences(before, after)).toEqual(found);
  });

  it("sees into what YAML's tags make", () => {
    const tagged = (value: string): unknown => parse(`%YAML 1.1\n---\na: ${value}\n`);
    expect(differences(tagged("!!omap [b: 1]"), tagged("!!omap [b: 2]"))).toEqual([["a"]]);
    expect(differences(tagged("!!set {b}"), tagged("!!set {c}"))).toEqual([["a"]]);
    expect(differences(tagged("2001-01-01"), tagged("2001-01-02"))).toEqual([["a"]]);
    expect(differences(tagged("2001-01-01"), tagged("2001-01-01"))).toEqual([]);
  });
});

describe("for any two pieces of data", () => {
  const key = fc.constantFrom("a", "b", "constructor", "__proto__", "1");
  const data = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, 1, "1", true, {}, []),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(key, tie("node"), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;

  it("nothing differs exactly where both are equal", () => {
    fc.assert(
      fc.property(data, data, (before, after) => {
        expect(differences(before, after).length === 0).toBe(isDeepStrictEqual(before, after));
        expect(differences(before, before)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("bringing the found places over makes the one into the other", () => {
    fc.assert(
      fc.property(data, data, (before, after) => {
        const patched = differences(before, after).reduce<unknown>(
          (root, path) => withPlace(root, path, after),
          before,
        );
        expect(patched).toEqual(after);
      }),
      { numRuns: 2000 },
    );
  });
});

function withPlace(root: unknown, path: KeyPath, source: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return source;
  const inner = withPlace(valueAt(root, [step]), rest, valueAt(source, [step]));
  if (Array.isArray(root)) return root.map((item: unknown, index) => (index === step ? inner : item));
  const entries = Object.entries(Object(root)).filter(([key]) => key !== step);
  return valueAt(source, [step]) === undefined
    ? Object.fromEntries(entries)
    : Object.fromEntries([...entries, [step, inner]]);
}
