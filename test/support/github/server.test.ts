import { expect, test } from "vitest";
import { endpoint } from "./endpoint.ts";
import { ok } from "./answer.ts";
import { secondaryLimit, startGitHub } from "./github.ts";
import { asInstallation, withToken } from "./octokits.ts";

const acme = { owner: "acme", repo: "shop" };

test("an answer that GitHub could not give is an error, and fails whoever used it", async () => {
  const github = await startGitHub({
    endpoints: [endpoint("rate-limit/get", () => ok({ rate: { limit: "many" } }))],
  });
  const asked = withToken(github).rest.rateLimit.get();
  await expect(asked).rejects.toMatchObject({
    status: 500,
    message: expect.stringContaining("/rate/limit must be integer"),
  });
  await expect(github[Symbol.asyncDispose]()).rejects.toThrow("must have required property 'resources'");
});

test("an event that GitHub could not send fails whoever caused it", async () => {
  const github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  const issue = await shop.openIssue("alice", "x");
  issue.title = "y";
  Object.assign(issue, { createdAt: "yesterday" });
  shop.comment(issue.number, "alice", "hello");
  expect(github.violations).toHaveLength(1);
  await expect(github[Symbol.asyncDispose]()).rejects.toThrow(
    '/issue/created_at must match format "date-time"',
  );
});

test("what has not changed answers 304 and costs nothing", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  const octokit = asInstallation(github, "acme");
  const ask = (etag: string) =>
    octokit.rest.git.getRef({ ...acme, ref: "heads/main", headers: { "if-none-match": etag } });
  const { headers } = await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
  await expect(ask(headers.etag ?? "")).rejects.toMatchObject({
    status: 304,
    response: { headers: { "x-ratelimit-used": headers["x-ratelimit-used"] } },
  });
  await shop.commit({ files: { a: "1" } });
  expect((await ask(headers.etag ?? "")).status).toBe(200);
});

test("the hour's budget is counted, shown, and ends", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  github.rateLimit = 3;
  const octokit = withToken(github, github.installation("acme").token());
  for (const left of ["2", "1", "0"]) {
    expect((await octokit.rest.repos.get(acme)).headers["x-ratelimit-remaining"]).toBe(left);
  }
  await expect(octokit.rest.repos.get(acme)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("API rate limit exceeded"),
  });
  expect((await octokit.rest.rateLimit.get()).data.rate).toMatchObject({ limit: 3, remaining: 0 });
});

test("faults come when they are called, as often as they are called", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop");
  const octokit = asInstallation(github, "acme");
  await octokit.rest.repos.get(acme);

  github.fault({ match: ({ method }) => method === "POST", times: 1, ...secondaryLimit(60) });
  const issue = () => octokit.rest.issues.create({ ...acme, title: "Once" });
  await expect(issue()).rejects.toMatchObject({
    status: 403,
    response: { headers: { "retry-after": "60" } },
  });
  expect((await issue()).status).toBe(201);

  github.fault({ times: 1, drop: "after", match: ({ path }) => path.endsWith("/issues") });
  await expect(issue()).rejects.toThrow("other side closed");
  expect(shop.issues()).toHaveLength(2);

  const end = github.fault({ status: 502, body: "<html>" });
  await expect(octokit.rest.repos.get(acme)).rejects.toMatchObject({ status: 502 });
  end();
  expect((await octokit.rest.repos.get(acme)).status).toBe(200);

  github.fault({ delayMs: 300, times: 1 });
  const start = performance.now();
  await octokit.rest.repos.get(acme);
  expect(performance.now() - start).toBeGreaterThan(290);
});

test("every request is noted, with who and what came of it", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  const octokit = withToken(github, github.installation("acme").token());
  const since = github.mark();
  await octokit.rest.repos.get(acme);
  await octokit.rest.pulls.get({ ...acme, pull_number: 9 }).catch(() => undefined);
  expect(since()).toEqual([
    { method: "GET", path: "/repos/acme/shop", query: "", actor: "loadline[bot]", status: 200 },
    { method: "GET", path: "/repos/acme/shop/pulls/9", query: "", actor: "loadline[bot]", status: 404 },
  ]);
});

test("errors have GitHub's shape, and what is not there says so", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  const octokit = withToken(github, github.installation("acme").token());
  await expect(octokit.rest.git.getRef({ ...acme, ref: "heads/none" })).rejects.toMatchObject({
    response: {
      data: {
        message: "Not Found",
        status: "404",
        documentation_url: expect.stringContaining("docs.github.com"),
      },
    },
  });
  await expect(octokit.rest.gists.list()).rejects.toMatchObject({ status: 501 });
  await expect(octokit.rest.pulls.list({ ...acme, per_page: Number.NaN })).rejects.toMatchObject({
    status: 422,
  });
});

test("a second one starts in no time, and a request takes some milliseconds", async () => {
  await using warm = await startGitHub();
  await warm.createRepository("acme/shop");
  const before = performance.now();
  await using github = await startGitHub();
  const started = performance.now();
  await github.createRepository("acme/shop");
  const octokit = withToken(github, github.installation("acme").token());
  await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
  const ready = performance.now();
  for (let i = 0; i < 20; i++) await octokit.rest.git.getRef({ ...acme, ref: "heads/main" });
  const each = (performance.now() - ready) / 20;
  console.log(`start ${Math.round(started - before)} ms, request ${each.toFixed(1)} ms`);
  expect(started - before).toBeLessThan(2000);
  expect(each).toBeLessThan(100);
});
