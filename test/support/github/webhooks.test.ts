import { createServer } from "node:http";
import { Probot, ProbotOctokit } from "probot";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { startGitHub, type GitHub } from "./github.ts";

const secret = "a-secret-of-this-test";

/** A real Probot that listens on loopback, and the events that it took for genuine. */
async function startProbot(github: GitHub, load: (app: Probot) => void, expected = secret): Promise<void> {
  const probot = new Probot({
    appId: github.app.id,
    privateKey: github.app.privateKey,
    secret: expected,
    baseUrl: github.baseUrl,
    Octokit: ProbotOctokit.defaults((options: object) => ({
      ...options,
      throttle: { enabled: false },
      retry: { enabled: false },
    })),
    log: pino({ level: "silent" }),
  });
  await probot.load(load);
  const middleware = await probot.getNodeMiddleware({ path: "/hook" });
  const server = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("not listening on a port");
  github.deliverTo({ url: `http://127.0.0.1:${address.port}/hook`, secret });
}

test("Probot takes a signed comment, and answers it as the App", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  await startProbot(github, (app) => {
    app.on("issue_comment.created", async (context) => {
      if (context.isBot) return;
      await context.octokit.rest.reactions.createForIssueComment({
        ...context.repo(),
        comment_id: context.payload.comment.id,
        content: "eyes",
      });
      await context.octokit.rest.issues.createComment(context.issue({ body: "At your service" }));
    });
  });
  const { number } = await shop.openIssue("alice", "Talk");
  const asked = shop.comment(number, "alice", "/loadline help");
  await github.settled();
  expect(asked.reactions.map(({ content }) => content)).toEqual(["eyes"]);
  expect(shop.comments(number).at(-1)).toMatchObject({
    body: "At your service",
    user: { login: "loadline[bot]" },
  });
  expect(
    github.deliveries.filter(({ event }) => event === "issue_comment").map(({ attempts }) => attempts),
  ).toEqual([[200], [200]]);
});

test("Probot's own installation tokens come from here too", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  const names: string[] = [];
  await startProbot(github, (app) => {
    app.on("push", async () => {
      const octokit = await app.auth(github.installation("acme").id);
      const { data } = await octokit.rest.apps.listReposAccessibleToInstallation();
      names.push(...data.repositories.map(({ full_name }) => full_name));
    });
  });
  await github.repository("acme/shop").commit({ files: { a: "1" } });
  await github.settled();
  expect(names).toEqual(["acme/shop"]);
});

test("a signature by another secret is refused", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  const seen: string[] = [];
  await startProbot(github, (app) => app.onAny((event) => void seen.push(event.name)), "another secret");
  await shop.commit({ files: { a: "1" } });
  await github.settled();
  expect(seen).toEqual([]);
  expect(github.deliveries.at(-1)?.attempts).toEqual([400]);
});

test("a redelivery carries the same id", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  const ids: string[] = [];
  await startProbot(github, (app) => app.on("push", (event) => void ids.push(event.id)));
  await shop.commit({ files: { a: "1" } });
  await github.settled();
  const push = github.deliveries.find(({ event }) => event === "push");
  github.redeliver(push?.id ?? "");
  await github.settled();
  expect(ids).toEqual([push?.id, push?.id]);
  expect(push?.attempts).toEqual([200, 200]);
});

test("everything that happens is told, in order, in the shape that GitHub describes", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  await github.createRepository("acme/two");
  await shop.commit({ files: { "a.yaml": "1" }, branch: "change" });
  const api = new ProbotOctokit({
    baseUrl: github.baseUrl,
    auth: { token: github.installation("acme").token() },
    throttle: { enabled: false },
  });
  const acme = { owner: "acme", repo: "shop" };
  const { data: pull } = await api.rest.pulls.create({ ...acme, title: "T", head: "change", base: "main" });
  await shop.label(pull.number, "alice", "loadline");
  await shop.unlabel(pull.number, "alice", "loadline");
  const head_sha = await shop.commit({ files: { "a.yaml": "2" }, branch: "change" });
  await shop.edit(pull.number, "alice", { title: "New title", body: "- [x] rebase" });
  await shop.close(pull.number, "alice");
  await shop.reopen(pull.number, "alice");
  await api.rest.checks.create({ ...acme, name: "loadline", head_sha, conclusion: "success" });
  const comment = shop.comment(pull.number, "alice", "hi");
  shop.editComment(comment.id, "bob", "ho");
  shop.deleteComment(comment.id, "alice");
  await shop.merge(pull.number, "alice");
  const issue = await shop.openIssue("alice", "I");
  await shop.label(issue.number, "alice", "x");
  await shop.edit(issue.number, "alice", { body: "text" });
  await shop.close(issue.number, "alice");
  await shop.reopen(issue.number, "alice");
  await shop.deleteBranch("change", "alice");
  const installation = github.installation("acme");
  installation.remove("acme/two");
  installation.suspend();
  installation.unsuspend();
  installation.delete();
  expect(github.deliveries.map(({ event, action }) => (action ? `${event}.${action}` : event))).toEqual([
    "installation.created",
    "installation_repositories.added",
    "push",
    "check_suite.requested",
    "pull_request.opened",
    "pull_request.labeled",
    "pull_request.unlabeled",
    "push",
    "check_suite.requested",
    "pull_request.synchronize",
    "pull_request.edited",
    "pull_request.closed",
    "pull_request.reopened",
    "check_run.created",
    "check_run.completed",
    "check_suite.completed",
    "issue_comment.created",
    "issue_comment.edited",
    "issue_comment.deleted",
    "pull_request.closed",
    "push",
    "check_suite.requested",
    "issues.opened",
    "issues.labeled",
    "issues.edited",
    "issues.closed",
    "issues.reopened",
    "push",
    "installation_repositories.removed",
    "installation.suspend",
    "installation.unsuspend",
    "installation.deleted",
  ]);
});

test("an App hears only what it listens to, and only where it is installed", async () => {
  await using github = await startGitHub({ app: { events: ["push"] } });
  const shop = await github.createRepository("acme/shop");
  const other = await github.createRepository("acme/other", { installed: false });
  await shop.openIssue("alice", "quiet");
  await other.commit({ files: { a: "1" } });
  await shop.commit({ files: { a: "1" } });
  expect(github.deliveries.map(({ event }) => event)).toEqual(["installation", "push"]);
});
