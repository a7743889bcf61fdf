import { describe, expect, it } from "vitest";
import { openPull } from "../../src/github/open-pull.ts";
import { takeSnapshot } from "../../src/github/snapshot.ts";
import { installedOn } from "../support/github/app-on.ts";
import { startGitHub } from "../support/github/github.ts";

describe("opening pull requests", () => {
  it("commits by the repository's habit, signed by GitHub, and reads the habit once", async () => {
    await using github = await startGitHub();
    const shop = await github.createRepository("acme/shop", { files: { "apps/api/a.yaml": "a: 1\n" } });
    for (const message of ["fix(api): less", "feat(web)!: more\n\nMuch more."])
      await shop.commit({ files: { "README.md": message }, message });
    const repository = await installedOn(github, "acme/shop");
    await using snapshot = await takeSnapshot(repository);
    const since = github.mark();
    for (const branch of ["loadline/one", "loadline/two"]) {
      const files = [{ path: "apps/api/a.yaml", before: "a: 1\n", after: `a: ${branch}\n` }];
      await openPull(repository, snapshot, { branch, title: "Right-size it", body: "", files });
      const [commit] = await shop.log(branch);
      expect(commit?.message.trim()).toBe("chore(api): right-size it");
      expect(shop.isVerified(commit?.sha ?? "")).toBe(true);
    }
    expect(since().filter(({ method }) => method === "GET")).toMatchObject([
      { path: "/repos/acme/shop/commits" },
    ]);
  });
});
