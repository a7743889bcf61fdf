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
  shop = await github.createRepository("acme/shop");
  octokit = asInstallation(github, "acme");
});
afterAll(() => github[Symbol.asyncDispose]());

test("issues are opened, changed, closed and listed", async () => {
  const { data: issue } = await octokit.rest.issues.create({
    ...acme,
    title: "Dashboard",
    body: "- [ ] api",
    labels: ["loadline"],
  });
  await octokit.rest.issues.update({ ...acme, issue_number: issue.number, body: "- [x] api" });
  const { data: open } = await octokit.rest.issues.listForRepo({ ...acme, labels: "loadline" });
  expect(open).toMatchObject([{ title: "Dashboard", body: "- [x] api", labels: [{ name: "loadline" }] }]);
  await octokit.rest.issues.update({
    ...acme,
    issue_number: issue.number,
    state: "closed",
    state_reason: "not_planned",
  });
  const { data: closed } = await octokit.rest.issues.get({ ...acme, issue_number: issue.number });
  expect(closed).toMatchObject({ state: "closed", state_reason: "not_planned" });
  expect((await octokit.rest.issues.listForRepo(acme)).data).toEqual([]);
});

test("pull requests are issues, in the same row of numbers", async () => {
  await shop.commit({ files: { "a.yaml": "1" }, branch: "pull" });
  const { data: pull } = await octokit.rest.pulls.create({ ...acme, title: "P", head: "pull", base: "main" });
  const { data: issue } = await octokit.rest.issues.get({ ...acme, issue_number: pull.number });
  expect(issue.pull_request?.url).toBe(pull.url);
  const next = await shop.openIssue("alice", "Question");
  expect(next.number).toBe(pull.number + 1);
  await expect(octokit.rest.pulls.get({ ...acme, pull_number: next.number })).rejects.toMatchObject({
    status: 404,
  });
});

test("comments are written, read, edited and deleted, by whom they say", async () => {
  const { number } = await shop.openIssue("alice", "Talk");
  const asked = shop.comment(number, "alice", "/loadline help");
  const { data: answer } = await octokit.rest.issues.createComment({
    ...acme,
    issue_number: number,
    body: "Here",
  });
  expect(answer).toMatchObject({
    user: { login: "loadline[bot]", type: "Bot" },
    performed_via_github_app: { slug: "loadline" },
  });
  await octokit.rest.issues.updateComment({ ...acme, comment_id: answer.id, body: "There" });
  const { data: list } = await octokit.rest.issues.listComments({ ...acme, issue_number: number });
  expect(list.map(({ user, body }) => [user?.login, body])).toEqual([
    ["alice", "/loadline help"],
    ["loadline[bot]", "There"],
  ]);
  await octokit.rest.issues.deleteComment({ ...acme, comment_id: answer.id });
  await expect(octokit.rest.issues.getComment({ ...acme, comment_id: answer.id })).rejects.toMatchObject({
    status: 404,
  });
  expect(shop.comments(number)).toEqual([asked]);
});

test("the same reaction again is no new one", async () => {
  const { number } = await shop.openIssue("alice", "React");
  const { id } = shop.comment(number, "alice", "/loadline help");
  const eyes = { ...acme, comment_id: id, content: "eyes" as const };
  expect((await octokit.rest.reactions.createForIssueComment(eyes)).status).toBe(201);
  expect((await octokit.rest.reactions.createForIssueComment(eyes)).status).toBe(200);
  const { data } = await octokit.rest.reactions.listForIssueComment({ ...acme, comment_id: id });
  expect(data).toMatchObject([{ content: "eyes", user: { login: "loadline[bot]" } }]);
});

test("a label comes into being when it is used, and is known by any case", async () => {
  const { number } = await shop.openIssue("alice", "Labels");
  const issue = { ...acme, issue_number: number };
  await octokit.rest.issues.createLabel({ ...acme, name: "Money", color: "00ff00", description: "saves" });
  await expect(octokit.rest.issues.createLabel({ ...acme, name: "money" })).rejects.toMatchObject({
    response: { data: { errors: [{ code: "already_exists" }] } },
  });
  const { data } = await octokit.rest.issues.addLabels({ ...issue, labels: ["fresh", "money"] });
  expect(data.map(({ name, color }) => [name, color])).toEqual([
    ["fresh", "ededed"],
    ["Money", "00ff00"],
  ]);
  await octokit.rest.issues.removeLabel({ ...issue, name: "fresh" });
  await octokit.rest.issues.setLabels({ ...issue, labels: ["other"] });
  const { data: left } = await octokit.rest.issues.listLabelsOnIssue(issue);
  expect(left.map(({ name }) => name)).toEqual(["other"]);
  expect((await octokit.rest.issues.getLabel({ ...acme, name: "fresh" })).data.name).toBe("fresh");
  const { data: all } = await octokit.rest.issues.listLabelsForRepo(acme);
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(["Money", "fresh", "other"]));
});

test("permissions tell the role and the older word for it", async () => {
  shop.addCollaborator("wanda", "maintain");
  shop.addCollaborator("rick", "read");
  shop.addCollaborator("otto", "write", "release-captain");
  github.account("nobody-here");
  const ask = async (username: string) => {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...acme, username });
    return [data.permission, data.role_name];
  };
  expect(await ask("wanda")).toEqual(["write", "maintain"]);
  expect(await ask("Rick")).toEqual(["read", "read"]);
  expect(await ask("otto")).toEqual(["write", "release-captain"]);
  expect(await ask("nobody-here")).toEqual(["none", "none"]);
  await expect(ask("never-heard-of")).rejects.toMatchObject({ status: 404 });
});

test("a person may do what the person's role allows", async () => {
  const rick = withToken(github, github.personalToken("rick"));
  const { number } = await shop.openIssue("alice", "Rights");
  expect(
    (await rick.rest.issues.createComment({ ...acme, issue_number: number, body: "hi" })).data.user?.login,
  ).toBe("rick");
  const create = rick.rest.issues.addLabels({ ...acme, issue_number: number, labels: ["x"] });
  await expect(create).rejects.toMatchObject({ status: 403 });
});
