import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startGitHub, type GitHub, type RepositoryHandle } from "./github.ts";

let github: GitHub;
let shop: RepositoryHandle;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "clones-"));
  github = await startGitHub();
  shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await github[Symbol.asyncDispose]();
});

/** Real git, with the token where it shows in no argument. */
function git(token: string | undefined, cwd: string, ...args: string[]) {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const header = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
  const env = {
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "alice",
    GIT_AUTHOR_EMAIL: "alice@users.noreply.github.com",
    GIT_COMMITTER_NAME: "alice",
    GIT_COMMITTER_EMAIL: "alice@users.noreply.github.com",
    ...(token === undefined ? {} : header),
  };
  return execa("git", args, { cwd, env });
}

test("an installation clones, shallow and whole, and fetches a pull request's head", async () => {
  const token = github.installation("acme").token();
  await git(token, directory, "clone", "--quiet", "--depth=1", github.cloneUrl("acme/shop"), "shallow");
  expect(await readFile(join(directory, "shallow/a.yaml"), "utf8")).toBe("a: 1\n");
  await git(
    token,
    directory,
    "clone",
    "--quiet",
    "--filter=blob:none",
    github.cloneUrl("acme/shop"),
    "partial",
  );
  const sha = await shop.commit({ files: { "b.yaml": "b: 1\n" }, branch: "other" });
  await git(token, join(directory, "partial"), "fetch", "--quiet", "--depth=1", "origin", sha);
  const { stdout } = await git(token, join(directory, "partial"), "show", "FETCH_HEAD:b.yaml");
  expect(stdout).toBe("b: 1");
});

test("a person's push of many files arrives, and is told to the App", async () => {
  shop.addCollaborator("alice", "write");
  const token = github.personalToken("alice");
  await git(token, directory, "clone", "--quiet", github.cloneUrl("acme/shop"), "work");
  const work = join(directory, "work");
  for (let i = 0; i < 60; i++) await writeFile(join(work, `file-${i}.yaml`), `n: ${i}\n${"x".repeat(100)}`);
  await git(token, work, "add", ".");
  await git(token, work, "commit", "--quiet", "-m", "Many files");
  await git(token, work, "push", "--quiet", "origin", "main", "main:feature/new");
  expect(await shop.files()).toHaveLength(61);
  const pushes = github.deliveries.filter(({ event }) => event === "push").slice(-2);
  expect(pushes.map(({ payload }) => payload)).toMatchObject([
    {
      ref: "refs/heads/main",
      created: false,
      pusher: { name: "alice" },
      sender: { login: "alice" },
      commits: [{ message: "Many files" }],
    },
    { ref: "refs/heads/feature/new", created: true },
  ]);
  await git(token, work, "push", "--quiet", "origin", "--delete", "feature/new");
  expect(github.deliveries.findLast(({ event }) => event === "push")?.payload).toMatchObject({
    deleted: true,
  });
});

test("without a token, with a dead one, or without the right, there is nothing to get", async () => {
  const url = github.cloneUrl("acme/shop");
  await expect(git(undefined, directory, "ls-remote", url)).rejects.toThrow(
    /could not read Username|Authentication failed/,
  );
  await expect(git("ghs_dead", directory, "ls-remote", url)).rejects.toThrow(
    /Authentication failed|could not read Username/,
  );
  const stranger = github.personalToken("mallory");
  await expect(git(stranger, directory, "ls-remote", url)).rejects.toThrow("not found");
  shop.addCollaborator("rick", "read");
  const reader = github.personalToken("rick");
  expect((await git(reader, directory, "ls-remote", url, "HEAD")).stdout).toContain(await shop.tip());
  const push = git(reader, join(directory, "work"), "push", "origin", "main:mine");
  await expect(push).rejects.toThrow("403");
});

test("a public repository is there for everybody to read, and for nobody to push", async () => {
  await github.createRepository("acme/open", { private: false });
  const url = github.cloneUrl("acme/open");
  expect((await git(undefined, directory, "ls-remote", url)).stdout).toContain("refs/heads/main");
  await git(undefined, directory, "clone", "--quiet", url, "open");
  await expect(git(undefined, join(directory, "open"), "push", "origin", "main:x")).rejects.toThrow(
    "could not read Username",
  );
});

test("a client that hangs up before it has its answer is no fault of the server", async () => {
  await github.createRepository("acme/left", { private: false });
  const since = github.mark();
  const { hostname, port } = new URL(github.url);
  const client = connect(Number(port), hostname);
  client.write(`GET /acme/left.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await vi.waitUntil(() => since().length > 0, { interval: 1 });
  client.destroy();
  const url = github.cloneUrl("acme/left");
  expect((await git(undefined, directory, "ls-remote", url)).stdout).toContain("refs/heads/main");
  expect(github.violations).toEqual([]);
});
