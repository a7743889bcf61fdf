import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, type Dialect } from "../../../src/gitops/argocd/glob.ts";

const PATHS = [
  "a",
  "a.yaml",
  "b.json",
  "a/x.yaml",
  "b/x.yaml",
  "a/c.yaml",
  "a/b/c.yaml",
  "a/b/c/d.yaml",
  "a*b",
  "^/x.yaml",
];

function matched(pattern: string, dialect: Dialect): string[] {
  const matches = compileGlob(pattern, dialect);
  return matches ? PATHS.filter(matches) : [];
}

// What the libraries match that Argo CD uses: gobwas/glob, path.Match, bmatcuk/doublestar; and git ls-files.
describe("patterns", () => {
  it.each<[string, Dialect, string[]]>([
    [
      "*.yaml",
      "directory",
      ["a.yaml", "a/x.yaml", "b/x.yaml", "a/c.yaml", "a/b/c.yaml", "a/b/c/d.yaml", "^/x.yaml"],
    ],
    ["{*.json,a/x*}", "directory", ["b.json", "a/x.yaml"]],
    ["[!a]/x.yaml", "directory", ["b/x.yaml", "^/x.yaml"]],
    ["[^a]/x.yaml", "directory", ["a/x.yaml", "^/x.yaml"]],
    ["a/*/c.yaml", "directory", ["a/c.yaml", "a/b/c.yaml"]],
    ["{a", "directory", ["a"]],
    ["*", "folder", ["a", "a.yaml", "b.json", "a*b"]],
    ["a/*", "folder", ["a/x.yaml", "a/c.yaml"]],
    ["a/**", "folder", ["a/x.yaml", "a/c.yaml"]],
    ["[^a]/x.yaml", "folder", ["b/x.yaml", "^/x.yaml"]],
    ["{a,b}", "folder", []],
    [String.raw`a\*b`, "folder", ["a*b"]],
    ["a/*.yaml", "values", ["a/x.yaml", "a/c.yaml"]],
    ["**/c.yaml", "values", ["a/c.yaml", "a/b/c.yaml"]],
    ["a/**/*.yaml", "values", ["a/x.yaml", "a/c.yaml", "a/b/c.yaml", "a/b/c/d.yaml"]],
    ["a/{b,q}/*.yaml", "values", ["a/b/c.yaml"]],
    ["a/*/c.yaml", "values", ["a/b/c.yaml"]],
    ["*/c.yaml", "pathspec", ["a/c.yaml", "a/b/c.yaml"]],
    ["a/**/c.yaml", "pathspec", ["a/b/c.yaml"]],
    ["[", "folder", []],
  ])("%s of the dialect %s", (pattern, dialect, expected) => {
    expect(matched(pattern, dialect)).toEqual(expected);
  });

  it("match themselves where nothing in them is special", () => {
    const plain = fc.stringMatching(/^[\w./-]*$/);
    const dialects = fc.constantFrom<Dialect>("directory", "folder", "pathspec", "values");
    fc.assert(
      fc.property(plain, plain, dialects, (pattern, text, dialect) => {
        const matches = compileGlob(pattern, dialect);
        expect(matches?.(pattern)).toBe(true);
        expect(matches?.(text)).toBe(text === pattern);
      }),
    );
  });

  it("take no time to speak of where they are made to", () => {
    const started = performance.now();
    const matches = compileGlob(`${"*a".repeat(1000)}{${"a*,".repeat(300)}b}`, "directory");
    expect(matches?.("a".repeat(3000))).toBe(true);
    expect(matches?.("c".repeat(3000))).toBe(false);
    expect(compileGlob("*".repeat(5000), "values")).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
