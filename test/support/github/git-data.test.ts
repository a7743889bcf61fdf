import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGitHub, type GitHub, type RepositoryHandle } from "./github.ts";
import { asInstallation, withToken } from "./octokits.ts";

const acme = { owner: "acme", repo: "shop" };
let github: GitHub;
let shop: RepositoryHandle;
let octokit: Octokit;

beforeAll(async () => {
  github = await startGitHub();
  shop = await github.createRepository("acme/shop", {
    files: { "apps/api.yaml": "cpu: 1\n", "apps/deep/run.sh": "echo\n", "README.md": "# Shop\n" },
  });
  octokit = asInstallation(github, "acme");
});
afterAll(() => github[Symbol.asyncDispose]());

test("five writes make a signed commit on a branch, with a pull request and its label", async () => {
  const { data: ref } = await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
  const { data: head } = await octokit.rest.git.getCommit({ ...acme, commit_sha: ref.object.sha });
  const tree = [
    { path: "apps/api.yaml", mode: "100644" as const, content: "cpu: 500m\n" },
    { path: "apps/run.sh", mode: "100755" as const, content: "echo hello\n" },
  ];
  const { data: made } = await octokit.rest.git.createTree({ ...acme, base_tree: head.tree.sha, tree });
  const commit = {
    message: "Right-size api\n\nWhy: less is used",
    tree: made.sha,
    parents: [ref.object.sha],
  };
  const { data: signed } = await octokit.rest.git.createCommit({ ...acme, ...commit });
  await octokit.rest.git.createRef({ ...acme, ref: "refs/heads/loadline/api", sha: signed.sha });
  const wish = { title: "Right-size api", head: "loadline/api", base: "main" };
  const { data: pull } = await octokit.rest.pulls.create({ ...acme, ...wish });
  await octokit.rest.issues.addLabels({ ...acme, issue_number: pull.number, labels: ["loadline"] });

  expect(signed.verification.verified).toBe(true);
  expect(signed.author.name).toBe("loadline[bot]");
  expect(signed.committer).toMatchObject({ name: "GitHub", email: "noreply@github.com" });
  expect(signed.message).toBe(commit.message);
  expect(await shop.file("loadline/api", "apps/api.yaml")).toBe("cpu: 500m\n");
  expect(await shop.file("loadline/api", "apps/deep/run.sh")).toBe("echo\n");
  expect(shop.pull(pull.number)).toMatchObject({ state: "open", labels: [{ name: "loadline" }] });
});

test("a commit with an author of its own is not signed", async () => {
  const { data: ref } = await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
  const { data: head } = await octokit.rest.git.getCommit({ ...acme, commit_sha: ref.object.sha });
  const author = { name: "Somebody", email: "somebody@example.com", date: "2026-02-03T04:05:06Z" };
  const { data } = await octokit.rest.git.createCommit({
    ...acme,
    message: "x",
    tree: head.tree.sha,
    author,
  });
  expect(data).toMatchObject({
    author,
    committer: author,
    verification: { verified: false, reason: "unsigned" },
  });
});

test("a null hash removes a path, a tree takes a folder's place, and modes stay", async () => {
  const tip = (await shop.tip()) ?? "";
  const { data: before } = await octokit.rest.git.getTree({ ...acme, tree_sha: "main", recursive: "1" });
  const deep = before.tree.find(({ path }) => path === "apps/deep")?.sha ?? "";
  const tree = [
    { path: "README.md", mode: "100644" as const, sha: null },
    { path: "copy", mode: "040000" as const, type: "tree" as const, sha: deep },
    { path: 'odd name \t"ü".yaml', mode: "100755" as const, content: "a: 1\r\n" },
  ];
  const { data } = await octokit.rest.git.createTree({ ...acme, base_tree: tip, tree });
  const { data: all } = await octokit.rest.git.getTree({ ...acme, tree_sha: data.sha, recursive: "1" });
  expect(all.tree.filter(({ type }) => type === "blob").map(({ path, mode }) => [path, mode])).toEqual([
    ["apps/api.yaml", "100644"],
    ["apps/deep/run.sh", "100644"],
    ["copy/run.sh", "100644"],
    ['odd name \t"ü".yaml', "100755"],
  ]);
});

test.each(["/etc/passwd", "../x", "a//b", ".git/config"])("the tree path %s is refused", async (path) => {
  const tree = [{ path, mode: "100644" as const, content: "x" }];
  await expect(octokit.rest.git.createTree({ ...acme, tree })).rejects.toMatchObject({ status: 422 });
});

test("blobs come back byte by byte", async () => {
  const content = Buffer.from([0, 255, 10, 13, 128]);
  const blob = { content: content.toString("base64"), encoding: "base64" };
  const { data } = await octokit.rest.git.createBlob({ ...acme, ...blob });
  const { data: read } = await octokit.rest.git.getBlob({ ...acme, file_sha: data.sha });
  expect(Buffer.from(read.content, "base64")).toEqual(content);
  await expect(octokit.rest.git.getBlob({ ...acme, file_sha: "0".repeat(40) })).rejects.toMatchObject({
    status: 404,
  });
});

test("a ref goes back only by force", async () => {
  const older = (await shop.tip()) ?? "";
  const newer = await shop.commit({ files: { "a.txt": "1" }, branch: "moving" });
  const ref = { ...acme, ref: "heads/moving" };
  const back = octokit.rest.git.updateRef({ ...ref, sha: older });
  await expect(back).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining("not a fast forward"),
  });
  expect(await shop.tip("moving")).toBe(newer);
  await octokit.rest.git.updateRef({ ...ref, sha: older, force: true });
  expect(await shop.tip("moving")).toBe(older);
  await octokit.rest.git.deleteRef(ref);
  expect(await shop.tip("moving")).toBeUndefined();
  await expect(octokit.rest.git.getRef(ref)).rejects.toMatchObject({ status: 404 });
});

test("a ref that exists, or has no object, or an impossible name, is not created", async () => {
  const sha = (await shop.tip()) ?? "";
  const create = (ref: string, to = sha) => octokit.rest.git.createRef({ ...acme, ref, sha: to });
  await expect(create("refs/heads/main")).rejects.toThrow("Reference already exists");
  await expect(create("refs/heads/x", "1".repeat(40))).rejects.toThrow("Object does not exist");
  await expect(create("refs/heads/a..b")).rejects.toMatchObject({ status: 422 });
});

test("matching refs are found by their beginning", async () => {
  await shop.commit({ files: { "b.txt": "1" }, branch: "family/one" });
  await shop.commit({ files: { "b.txt": "2" }, branch: "family/two" });
  const { data } = await octokit.rest.git.listMatchingRefs({ ...acme, ref: "heads/family/" });
  expect(data.map(({ ref }) => ref)).toEqual(["refs/heads/family/one", "refs/heads/family/two"]);
});

test("contents show files, folders, raw text, and what is not there", async () => {
  const { data: file } = await octokit.rest.repos.getContent({ ...acme, path: "apps/api.yaml", ref: "main" });
  expect(file).toMatchObject({ type: "file", path: "apps/api.yaml", size: 7, encoding: "base64" });
  const { data: folder } = await octokit.rest.repos.getContent({ ...acme, path: "apps" });
  expect(folder).toMatchObject([
    { name: "api.yaml", type: "file" },
    { name: "deep", type: "dir" },
  ]);
  const { data: root } = await octokit.rest.repos.getContent({ ...acme, path: "" });
  expect(root).toHaveLength(2);
  const raw = { mediaType: { format: "raw" } };
  const { data: text } = await octokit.rest.repos.getContent({ ...acme, path: "apps/api.yaml", ...raw });
  expect(text).toBe("cpu: 1\n");
  const missing = octokit.rest.repos.getContent({ ...acme, path: "apps/none.yaml" });
  await expect(missing).rejects.toMatchObject({ status: 404 });
});

test("a file is written through contents only by who knows its present state", async () => {
  const wish = { ...acme, path: "new/file.txt", message: "Write", branch: "written" };
  await shop.commit({ files: { "c.txt": "" }, branch: "written" });
  const put = (text: string, sha?: string) =>
    octokit.rest.repos.createOrUpdateFileContents({
      ...wish,
      content: Buffer.from(text).toString("base64"),
      ...(sha === undefined ? {} : { sha }),
    });
  const { data, status } = await put("one");
  expect(status).toBe(201);
  await expect(put("two")).rejects.toMatchObject({ status: 422 });
  await expect(put("two", "1".repeat(40))).rejects.toMatchObject({ status: 409 });
  expect((await put("two", data.content?.sha)).status).toBe(200);
  expect(await shop.file("written", "new/file.txt")).toBe("two");
});

test("branches and the repository tell what they are", async () => {
  shop.protect("main");
  const { data: branch } = await octokit.rest.repos.getBranch({ ...acme, branch: "main" });
  expect(branch).toMatchObject({ protected: true, commit: { sha: await shop.tip() } });
  const { data: listed } = await octokit.rest.repos.listBranches({ ...acme, protected: true });
  expect(listed.map(({ name }) => name)).toEqual(["main"]);
  const { data } = await octokit.rest.repos.get(acme);
  expect(data).toMatchObject({
    default_branch: "main",
    private: true,
    permissions: { push: true, admin: false },
  });
});

test("compare tells what a branch has of its own", async () => {
  await shop.commit({ files: { "apps/api.yaml": "cpu: 2\n" }, branch: "compared/one", message: "Change" });
  const basehead = "main...compared/one";
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...acme, basehead });
  expect(data).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0 });
  expect(data.files).toMatchObject([{ filename: "apps/api.yaml", patch: "@@ -1 +1 @@\n-cpu: 1\n+cpu: 2" }]);
  expect(data.commits).toMatchObject([{ commit: { message: "Change" }, author: { login: "octo-dev" } }]);
});

test("commits are listed by path, with their authors", async () => {
  const { data } = await octokit.rest.repos.listCommits({ ...acme, path: "apps" });
  expect(data.map(({ commit }) => commit.message)).toEqual(["Initial commit"]);
  const { data: one } = await octokit.rest.repos.getCommit({ ...acme, ref: "compared/one" });
  expect(one).toMatchObject({ stats: { additions: 1, deletions: 1 } });
});

test("statuses count by their latest word, and check runs by theirs", async () => {
  const sha = (await shop.tip()) ?? "";
  await octokit.rest.repos.createCommitStatus({ ...acme, sha, state: "pending", context: "ci" });
  await octokit.rest.repos.createCommitStatus({ ...acme, sha, state: "success", context: "ci" });
  const { data: combined } = await octokit.rest.repos.getCombinedStatusForRef({ ...acme, ref: "main" });
  expect(combined).toMatchObject({ state: "success", total_count: 1 });
  const { data: all } = await octokit.rest.repos.listCommitStatusesForRef({ ...acme, ref: sha });
  expect(all).toHaveLength(2);

  const { data: run } = await octokit.rest.checks.create({
    ...acme,
    name: "loadline",
    head_sha: sha,
    status: "in_progress",
  });
  await octokit.rest.checks.update({
    ...acme,
    check_run_id: run.id,
    conclusion: "neutral",
    output: { title: "t", summary: "s" },
  });
  const { data: listed } = await octokit.rest.checks.listForRef({ ...acme, ref: "main" });
  expect(listed.check_runs).toMatchObject([
    { status: "completed", conclusion: "neutral", output: { title: "t" } },
  ]);
});

test("a stranger sees nothing of a private repository", async () => {
  await expect(withToken(github).rest.repos.get(acme)).rejects.toMatchObject({ status: 404 });
  const stranger = withToken(github, github.personalToken("mallory"));
  await expect(stranger.rest.git.getRef({ ...acme, ref: "heads/main" })).rejects.toMatchObject({
    status: 404,
  });
});

test("what runs in CI needs a permission of its own", async () => {
  const tree = [{ path: ".github/workflows/ci.yaml", mode: "100644" as const, content: "on: push\n" }];
  await expect(octokit.rest.git.createTree({ ...acme, tree })).rejects.toMatchObject({ status: 403 });
});
