import { describe, expect, it } from "vitest";
import { inWords } from "../../src/github/in-words.ts";
import { readOverview } from "../../src/github/overview.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, startGitHub } from "../support/github/github.ts";

describe("what goes wrong with GitHub's GraphQL interface", () => {
  const told = async (github: GitHub): Promise<string> => {
    await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
    const repository = await installedOn(github, "acme/shop", { retry: { enabled: false } });
    return await readOverview(repository, { merged: 0, reverts: 0 }).then(() => "", inWords);
  };

  it("is no repository that is gone, where a proxy lets only REST through", async () => {
    await using github = await startGitHub();
    github.fault({ match: ({ path }) => path === "/api/graphql", status: 404 });
    expect(await told(github)).toMatch(
      /^GitHub's GraphQL interface is not reached at http.*\/api\/graphql \(404\), which Loadline needs/,
    );
  });

  it("says each reason once, in a line, and what may be lacking", async () => {
    const permissions = { metadata: "read", contents: "write", pull_requests: "write" };
    await using github = await startGitHub({ app: { permissions } });
    expect(await told(github)).toBe(
      "GitHub refuses: Resource not accessible by integration (the App may lack a permission, or a new one may not have been accepted yet)",
    );
  });

  it("is told as refused, where GitHub gives no reason of this kind", () => {
    const error = Object.assign(new Error("Request failed due to following response errors:\n - Limit"), {
      name: "GraphqlResponseError",
      errors: [{ message: "GraphQL Rate Limit Exceeded" }, { message: "GraphQL Rate Limit Exceeded" }],
    });
    expect(inWords(error)).toBe("GitHub refuses: GraphQL Rate Limit Exceeded");
  });
});
