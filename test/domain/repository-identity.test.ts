import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOwnAddress, repositoryIdentity } from "../../src/domain/repository-identity.ts";

describe("the identity of a repository", () => {
  it.each([
    "https://github.com/acme/shop",
    "https://github.com/acme/shop.git",
    "https://github.com/acme/shop/",
    "https://github.com/acme/shop.git/",
    "https://github.com:443/acme/shop",
    "https://bot@github.com/acme/shop",
    "https://x-access-token:secret@github.com/acme/shop",
    "http://github.com/acme/shop",
    "HTTPS://GitHub.com/Acme/Shop.git",
    "ssh://git@github.com/acme/shop.git",
    "ssh://git@github.com:22/acme/shop",
    "ssh://github.com/acme/shop",
    "git+ssh://git@github.com/acme/shop",
    "git://github.com/acme/shop.git",
    "git@github.com:acme/shop.git",
    "git@github.com:acme/shop",
    "git@github.com:/acme/shop.git",
    "github.com:acme/shop",
    "org-1234@GitHub.com:Acme/Shop.GIT",
  ])("of %s is github.com/acme/shop", (address) => {
    expect(repositoryIdentity(address)).toBe("github.com/acme/shop");
  });

  it.each([
    ["https://git.example:8443/scm/acme/platform.git", "git.example/scm/acme/platform"],
    ["https://git.example/a/b/c/d", "git.example/a/b/c/d"],
    ["git@git.example:a/b/c.git", "git.example/a/b/c"],
    ["https://git.example/acme/shop.github.io", "git.example/acme/shop.github.io"],
    ["https://git.example/acme/legit", "git.example/acme/legit"],
  ])("of %s is %s", (address, identity) => {
    expect(repositoryIdentity(address)).toBe(identity);
  });

  const segment = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,8}$/);
  const parts = fc.record({
    host: fc
      .tuple(segment, segment)
      .map(([name, domain]) => `${name.replaceAll("_", "-")}.${domain.replaceAll("_", "-")}`),
    path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/")),
  });
  /** Ways to write one address. */
  const written = ({ host, path }: { host: string; path: string }): fc.Arbitrary<string> =>
    fc
      .record({
        scheme: fc.constantFrom("https", "http", "ssh", "git", "git+ssh", "scp"),
        user: fc.constantFrom("", "git@", "bot@", "org-12.a@"),
        password: fc.constantFrom("", ":se_cret"),
        port: fc.constantFrom("", ":22", ":443", ":8443"),
        suffix: fc.constantFrom("", ".git", "/", ".git/"),
        upper: fc.boolean(),
      })
      .map(({ scheme, user, password, port, suffix, upper }) => {
        const login = password === "" || user === "" ? user : `${user.slice(0, -1)}${password}@`;
        const address =
          scheme === "scp"
            ? `${user}${host}:${path}${suffix}`
            : `${scheme}://${login}${host}${port}/${path}${suffix}`;
        return upper ? address.toUpperCase() : address;
      });

  it("is the same for all ways to write one address", () => {
    fc.assert(
      fc.property(
        parts.chain((one) => fc.tuple(fc.constant(one), written(one))),
        ([{ host, path }, address]) => {
          expect(repositoryIdentity(address)).toBe(`${host}/${path}`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("differs between repositories, however they are written", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(parts, {
          minLength: 2,
          maxLength: 2,
          selector: ({ host, path }) => `${host}/${path}`,
        }),
        fc.gen(),
        ([a, b], gen) => {
          if (!a || !b) return;
          const [first, second] = [gen(written, a), gen(written, b)];
          expect(repositoryIdentity(first)).not.toBe(repositoryIdentity(second));
          expect(isOwnAddress([first])(second)).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("an address is the repository's own", () => {
  it("where it is one of its remotes, in any writing", () => {
    const isOwn = isOwnAddress(["git@github.com:acme/shop.git", "https://git.example/mirror/shop"]);
    expect(isOwn("https://github.com/Acme/shop")).toBe(true);
    expect(isOwn("ssh://git@git.example:2222/mirror/shop.git")).toBe(true);
    expect(isOwn("https://github.com/acme/other")).toBe(false);
    expect(isOwn("https://elsewhere.example/acme/shop")).toBe(false);
    expect(isOwn("https://github.com/acme/shop/more")).toBe(false);
  });

  it("always where the folder has no remote that could tell", () => {
    expect(isOwnAddress([])("https://github.com/acme/shop")).toBe(true);
  });
});
