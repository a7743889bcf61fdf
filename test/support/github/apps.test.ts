import { createAppAuth } from "@octokit/auth-app";
import { generateKeyPairSync } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { expect, test } from "vitest";
import { startGitHub } from "./github.ts";
import { asApp, asInstallation, withToken } from "./octokits.ts";

const acme = { owner: "acme", repo: "shop" };

test("the App knows itself, its installations, and which one a repository belongs to", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  await github.createRepository("ada/notes", { ownedByPerson: true });
  const app = asApp(github);
  expect((await app.rest.apps.getAuthenticated()).data).toMatchObject({
    slug: "loadline",
    id: github.app.id,
  });
  const { data } = await app.rest.apps.listInstallations();
  expect(data.map((one) => one.target_type)).toEqual(["Organization", "User"]);
  const { data: one } = await app.rest.apps.getRepoInstallation(acme);
  expect(one.id).toBe(github.installation("acme").id);
  expect((await app.rest.apps.getInstallation({ installation_id: one.id })).data.repository_selection).toBe(
    "all",
  );
  await expect(app.rest.apps.getInstallation({ installation_id: 1 })).rejects.toMatchObject({ status: 404 });
});

test("a token sees only the repositories of its installation, page by page", async () => {
  await using github = await startGitHub();
  for (const name of ["one", "two", "three"]) await github.createRepository(`acme/${name}`);
  await github.createRepository("acme/secret", { installed: false });
  await github.createRepository("other/thing");
  const octokit = asInstallation(github, "acme");
  const repositories = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, {
    per_page: 2,
  });
  expect(repositories.map(({ name }) => name)).toEqual(["one", "two", "three"]);
  await expect(octokit.rest.repos.get({ owner: "acme", repo: "secret" })).rejects.toMatchObject({
    status: 404,
  });
  await expect(octokit.rest.repos.get({ owner: "other", repo: "thing" })).rejects.toMatchObject({
    status: 404,
  });
  github.installation("acme").remove("acme/two");
  expect(github.installation("acme").repositories()).toEqual(["acme/one", "acme/three"]);
  await expect(octokit.rest.repos.get({ owner: "acme", repo: "two" })).rejects.toMatchObject({ status: 404 });
});

test("a token can be narrowed to repositories and permissions, never widened", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  await github.createRepository("acme/other");
  const { id: installation_id } = github.installation("acme");
  const create = asApp(github).rest.apps.createInstallationAccessToken;
  const { data } = await create({
    installation_id,
    repositories: ["shop"],
    permissions: { contents: "read" },
  });
  const narrow = withToken(github, data.token);
  expect((await narrow.rest.repos.get(acme)).data.permissions?.push).toBe(false);
  await expect(narrow.rest.repos.get({ owner: "acme", repo: "other" })).rejects.toMatchObject({
    status: 404,
  });
  const ref = { ...acme, ref: "refs/heads/x", sha: data.token };
  await expect(narrow.rest.git.createRef(ref)).rejects.toMatchObject({ status: 403 });
  await expect(create({ installation_id, permissions: { administration: "write" } })).rejects.toMatchObject({
    status: 422,
  });
  await expect(create({ installation_id, repositories: ["nothing"] })).rejects.toMatchObject({ status: 422 });
});

test("expired and unknown tokens answer 401", async () => {
  let now = new Date("2026-03-01T00:00:00Z");
  await using github = await startGitHub({ now: () => now });
  await github.createRepository("acme/shop");
  const octokit = withToken(github, github.installation("acme").token());
  expect((await octokit.rest.repos.get(acme)).status).toBe(200);
  now = new Date("2026-03-01T01:00:01Z");
  await expect(octokit.rest.repos.get(acme)).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining("Bad credentials"),
  });
  await expect(withToken(github, "ghs_nothing").rest.repos.get(acme)).rejects.toMatchObject({ status: 401 });
});

test("a JWT by another key, or past its time, answers 401", async () => {
  let now = new Date();
  await using github = await startGitHub({ now: () => now });
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const auth = { appId: github.app.id, privateKey };
  const forged = new Octokit({ baseUrl: github.baseUrl, authStrategy: createAppAuth, auth });
  await expect(forged.rest.apps.getAuthenticated()).rejects.toThrow("could not be decoded");
  const app = asApp(github);
  expect((await app.rest.apps.getAuthenticated()).status).toBe(200);
  now = new Date(now.getTime() + 3_600_000);
  await expect(app.request("GET /app", { request: { retries: 0 } })).rejects.toThrow(
    "'Expiration time' claim",
  );
});

test("Octokit gets itself a new token when the old one was taken away", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  await asInstallation(github, "acme").rest.repos.get(acme);
  const token = github.installation("acme").token();
  github.expireTokens();
  await expect(withToken(github, token).rest.repos.get(acme)).rejects.toMatchObject({ status: 401 });
  expect((await asInstallation(github, "acme").rest.repos.get(acme)).status).toBe(200);
});

test("a suspended or deleted installation is shut out", async () => {
  await using github = await startGitHub();
  await github.createRepository("acme/shop");
  const installation = github.installation("acme");
  const octokit = withToken(github, installation.token());
  installation.suspend();
  await expect(octokit.rest.repos.get(acme)).rejects.toMatchObject({ status: 403 });
  installation.unsuspend();
  expect((await octokit.rest.repos.get(acme)).status).toBe(200);
  installation.delete();
  await expect(octokit.rest.repos.get(acme)).rejects.toMatchObject({ status: 401 });
  await expect(asApp(github).rest.apps.getRepoInstallation(acme)).rejects.toMatchObject({ status: 404 });
});

test("an App that lacks a permission is told so", async () => {
  await using github = await startGitHub({ app: { permissions: { metadata: "read", contents: "read" } } });
  const shop = await github.createRepository("acme/shop");
  const octokit = asInstallation(github, "acme");
  expect((await octokit.rest.git.getRef({ ...acme, ref: "heads/main" })).status).toBe(200);
  const create = octokit.rest.git.createRef({ ...acme, ref: "refs/heads/x", sha: (await shop.tip()) ?? "" });
  await expect(create).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("Resource not accessible by integration"),
  });
  await expect(octokit.rest.pulls.list(acme)).rejects.toMatchObject({ status: 403 });
});
