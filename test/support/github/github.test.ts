import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGitHub, type GitHub, type RepositoryHandle } from "./github.ts";

let github: GitHub;
let shop: RepositoryHandle;
let octokit: Octokit;
const acme = { owner: "acme", repo: "shop" };

beforeAll(async () => {
  github = await startGitHub();
  shop = await github.createRepository("acme/shop", {
    files: { "apps/api.yaml": "cpu: 1\nmemory: 1Gi\n", "apps/run.sh": "echo\n", "README.md": "# Shop\n" },
  });
  octokit = asApp(github, "acme");
});
afterAll(async () => {
  await github[Symbol.asyncDispose]();
});

describe("git data", () => {
  test("five writes make a signed commit on a branch, with a pull request and its label", async () => {
    const { data: ref } = await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
    const { data: commit } = await octokit.rest.git.getCommit({ ...acme, commit_sha: ref.object.sha });
    const { data: tree } = await octokit.rest.git.createTree({
      ...acme,
      base_tree: commit.tree.sha,
      tree: [
        { path: "apps/api.yaml", mode: "100644", type: "blob", content: "cpu: 500m\nmemory: 1Gi\n" },
        { path: "apps/run.sh", mode: "100755", type: "blob", sha: await blobOf("apps/run.sh") },
      ],
    });
    const { data: made } = await octokit.rest.git.createCommit({
      ...acme,
      message: "Right-size api",
      tree: tree.sha,
      parents: [ref.object.sha],
    });
    expect(made.verification.verified).toBe(true);
    expect(made.author.name).toBe("loadline[bot]");
    expect(made.committer).toMatchObject({ name: "GitHub", email: "noreply@github.com" });
    await octokit.rest.git.createRef({ ...acme, ref: "refs/heads/loadline/api", sha: made.sha });
    const { data: pull } = await octokit.rest.pulls.create({
      ...acme,
      title: "Api",
      head: "loadline/api",
      base: "main",
    });
    await octokit.rest.issues.addLabels({ ...acme, issue_number: pull.number, labels: ["loadline"] });
    expect(shop.pull(pull.number).labels.map(({ name }) => name)).toEqual(["loadline"]);
    expect(await shop.file("loadline/api", "apps/api.yaml")).toBe("cpu: 500m\nmemory: 1Gi\n");
    await shop.close(pull.number, "alice");
  });
});

async function blobOf(path: string): Promise<string> {
  const { data } = await octokit.rest.repos.getContent({ ...acme, path });
  if (Array.isArray(data)) throw new Error(`${path} is a directory`);
  return data.sha;
}

function asApp(on: GitHub, owner: string): Octokit {
  return new Octokit({
    baseUrl: on.baseUrl,
    authStrategy: createAppAuth,
    auth: { appId: on.app.id, privateKey: on.app.privateKey, installationId: on.installation(owner).id },
  });
}
