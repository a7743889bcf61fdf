import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCodeowners } from "../../src/proposals/codeowners.ts";

/** The example of GitHub's documentation, in its order, each part tried alone and together with those before it. */
const EXAMPLE = `# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
`;

describe("who owns a file, by CODEOWNERS", () => {
  it.each([
    ["README.md", ["@global-owner1", "@global-owner2"]],
    ["a/b/c.js", ["@js-owner"]],
    ["cmd/main.go", ["docs@example.com"]],
    ["notes.txt", ["@octo-org/octocats"]],
    ["build/logs/a/b.log", ["@octocat"]],
    ["docs/getting-started.md", ["@doctocat"]],
    ["docs/build-app/troubleshooting.md", ["@doctocat"]],
    ["scripts/run.sh", ["@doctocat", "@octocat"]],
    ["deeply/nested/logs/x", ["@octocat"]],
    ["nested/apps/x", ["@octocat"]],
    ["apps/web.yaml", ["@octocat"]],
    ["apps/github/deploy.yaml", []],
  ])("as GitHub shows it: %s", (file, owners) => expect(parseCodeowners(EXAMPLE)(file)).toEqual(owners));

  it.each([
    ["docs/*", "docs/a.md", true],
    ["docs/*", "docs/a/b.md", false],
    ["docs/*", "x/docs/a.md", false],
    ["docs/*.md", "docs/a.md", true],
    ["/build/logs/", "build/logs/a", true],
    ["/build/logs/", "x/build/logs/a", false],
    ["/build/logs/", "build/logs", false],
    ["apps/", "x/y/apps/z/a", true],
    ["apps/", "apps", false],
    ["**/logs", "logs", true],
    ["**/logs", "a/b/logs/c", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b/c", true],
    ["a/**", "a", false],
    ["a/**", "a/b/c", true],
    ["**", "a/b", true],
    ["/*", "a", true],
    ["/*", "a/b", false],
    ["Apps/", "apps/a", false],
    ["a?c", "x/abc", true],
    ["a?c", "a/c", false],
    ["/a\\ b/", "a b/c", true],
  ])("%s and %s: %s", (pattern, file, fits) => {
    expect(parseCodeowners(`${pattern} @us`)(file)).toEqual(fits ? ["@us"] : []);
  });

  it.each(["!a.yaml @us", "[ab].yaml @us", "\\#a @us", "a.yaml us", "a.yaml @us @", "/ @us"])(
    "a line that GitHub skips is skipped: %s",
    (line) => expect(parseCodeowners(`a.yaml @them\n${line}`)("a.yaml")).toEqual(["@them"]),
  );

  it("takes no longer for patterns that were made to take long", () => {
    const ownersOf = parseCodeowners(`${"**/".repeat(200)}x @a\n${"*a".repeat(2000)}b @b\n`);
    const started = performance.now();
    expect(ownersOf(`${"a/".repeat(200)}${"a".repeat(4000)}`)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("reads whatever there is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, file) => {
        expect(Array.isArray(parseCodeowners(text)(file))).toBe(true);
      }),
    );
  });

  it("the last line that fits is the one that counts", () => {
    const pattern = fc.constantFrom("*", "apps/", "/apps/shop", "*.yaml", "**/shop", "docs/*");
    fc.assert(
      fc.property(fc.array(pattern), fc.constantFrom("apps/shop/a.yaml", "docs/a.md"), (patterns, file) => {
        const last = patterns.findLastIndex((one) => parseCodeowners(`${one} @x`)(file).length > 0);
        const text = patterns.map((one, index) => `${one} @o${index}`).join("\n");
        expect(parseCodeowners(text)(file)).toEqual(last < 0 ? [] : [`@o${last}`]);
      }),
    );
  });
});
