import { Refusal, invalid, notFound, ok, page, raw } from "../answer.ts";
import { changesBetween } from "../diff.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import type { Hub } from "../hub.ts";
import type { Repository } from "../model.ts";
import { collaborator, user } from "../shapes/account.ts";
import { status as statusShape } from "../shapes/check.ts";
import { commit as commitShape, fileChange } from "../shapes/commit.ts";
import { repository as repositoryShape, repositoryUrl } from "../shapes/repository.ts";

export const repositories = [
  repositoryEndpoint("repos/get", ({ hub, repository, actor }) =>
    ok({
      ...repositoryShape(hub, repository, actor),
      ...(repository.owner.type === "Organization" ? { organization: user(hub, repository.owner) } : {}),
    }),
  ),

  repositoryEndpoint("repos/list-branches", async ({ repository, hub, query }) => {
    const branches = [...(await repository.git.refs("refs/heads/"))].map(([ref, sha]) => ({
      name: ref.slice("refs/heads/".length),
      sha,
    }));
    const shown = branches.filter(
      ({ name }) =>
        query.protected === undefined || query.protected === repository.protectedBranches.has(name),
    );
    return page(shown, ({ name, sha }) => ({
      name,
      commit: { sha, url: `${repositoryUrl(hub, repository)}/commits/${sha}` },
      protected: repository.protectedBranches.has(name),
    }));
  }),

  repositoryEndpoint("repos/get-branch", async ({ hub, repository, path }) => {
    const sha = await repository.git.branch(path.branch);
    const commit = sha && (await repository.git.commit(sha));
    if (!commit) throw new Refusal(404, "Branch not found");
    const isProtected = repository.protectedBranches.has(path.branch);
    const url = `${repositoryUrl(hub, repository)}/branches/${path.branch}`;
    return ok({
      name: path.branch,
      commit: commitShape(hub, repository, commit),
      _links: { self: url, html: `${hub.url}/${repository.fullName}/tree/${path.branch}` },
      protected: isProtected,
      protection: { enabled: isProtected },
      protection_url: `${url}/protection`,
    });
  }),

  repositoryEndpoint("repos/list-commits", async ({ hub, repository, query }) => {
    const tip = await repository.git.commitNamed(query.sha ?? repository.defaultBranch);
    if (!tip) throw notFound();
    const paths = query.path === undefined ? [] : ["--", `:(literal)${query.path}`];
    const commits = await repository.git.log([tip, ...paths]);
    return page(commits, (commit) => commitShape(hub, repository, commit));
  }),

  repositoryEndpoint("repos/get-commit", async ({ hub, repository, path }) => {
    const sha = await repository.git.commitNamed(path.ref);
    const commit = sha && (await repository.git.commit(sha));
    if (!commit) throw new Refusal(422, `No commit found for SHA: ${path.ref}`);
    const [parent] = commit.parents;
    const files = parent ? await changesBetween(repository.git, parent, commit.sha) : [];
    const sum = (key: "additions" | "deletions") => files.reduce((total, file) => total + file[key], 0);
    const stats = {
      additions: sum("additions"),
      deletions: sum("deletions"),
      total: sum("additions") + sum("deletions"),
    };
    const shown = files.map((file) => fileChange(hub, repository, commit.sha, file));
    return ok({ ...commitShape(hub, repository, commit), stats, files: shown });
  }),

  repositoryEndpoint("repos/compare-commits-with-basehead", async ({ hub, repository, path, accept }) => {
    const [base = "", head = ""] = path.basehead.split("...");
    return compare(hub, repository, base, head, accept);
  }),

  repositoryEndpoint("repos/get-collaborator-permission-level", ({ hub, repository, path }) => {
    const known = repository.collaborators.get(path.username.toLowerCase());
    if (known) return ok(collaborator(hub, known));
    const account = hub.knownAccount(path.username);
    if (!account) throw new Refusal(404, `${path.username} is not a user`);
    // Anybody may read what is public; of a private repository there is nothing for a stranger.
    const role = repository.private ? "none" : "read";
    const nothing = { ...collaborator(hub, { account, role, permission: "read" }), permission: role };
    const flags = { admin: false, maintain: false, push: false, triage: false, pull: !repository.private };
    return ok({ ...nothing, user: { ...nothing.user, permissions: flags } });
  }),

  repositoryEndpoint("repos/create-commit-status", async ({ hub, repository, path, body, doer }) => {
    if (!(await repository.git.commit(path.sha)))
      throw new Refusal(422, `No commit found for SHA: ${path.sha}`);
    const status = {
      id: hub.nextId(),
      sha: path.sha,
      state: body.state,
      context: body.context ?? "default",
      description: body.description ?? null,
      targetUrl: body.target_url ?? null,
      creator: doer,
      createdAt: hub.timestamp(),
    };
    repository.statuses.push(status);
    return { status: 201, body: statusShape(hub, repository, status) };
  }),

  repositoryEndpoint("repos/list-commit-statuses-for-ref", async ({ hub, repository, path }) => {
    const sha = await commitOf(repository, path.ref);
    const statuses = repository.statuses.filter((status) => status.sha === sha).toReversed();
    return page(statuses, (status) => statusShape(hub, repository, status));
  }),

  repositoryEndpoint("repos/get-combined-status-for-ref", async ({ hub, repository, path }) => {
    const sha = await commitOf(repository, path.ref);
    // The last word of each context counts.
    const latest = new Map(
      repository.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one]),
    );
    const states = [...latest.values()].map(({ state }) => state);
    const bad = states.some((state) => state === "failure" || state === "error");
    const good = states.length > 0 && states.every((state) => state === "success");
    const url = `${repositoryUrl(hub, repository)}/commits/${sha}`;
    return page(
      [...latest.values()],
      (status) => statusShape(hub, repository, status),
      (statuses) => ({
        state: bad ? "failure" : good ? "success" : "pending",
        statuses,
        sha,
        total_count: latest.size,
        repository: repositoryShape(hub, repository),
        commit_url: url,
        url: `${url}/status`,
      }),
    );
  }),
];

async function compare(hub: Hub, repository: Repository, base: string, head: string, accept: string) {
  const { git } = repository;
  const [from, to] = [await git.commitNamed(unqualified(base)), await git.commitNamed(unqualified(head))];
  const fork = from && to ? await git.mergeBase(from, to) : undefined;
  if (!from || !to || !fork) throw notFound();
  if (accept.includes("diff"))
    return raw(await git.raw(["diff", fork, to]), "application/vnd.github.diff; charset=utf-8");
  const [ahead, behind, baseCommit, forkCommit, files] = await Promise.all([
    git.log(["--reverse", `${from}..${to}`]),
    git.log([`${to}..${from}`]),
    git.commit(from),
    git.commit(fork),
    changesBetween(git, fork, to),
  ]);
  if (!baseCommit || !forkCommit) throw notFound();
  const html = `${hub.url}/${repository.fullName}/compare/${base}...${head}`;
  const status =
    ahead.length > 0
      ? behind.length > 0
        ? "diverged"
        : "ahead"
      : behind.length > 0
        ? "behind"
        : "identical";
  const rest = {
    url: `${repositoryUrl(hub, repository)}/compare/${base}...${head}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitShape(hub, repository, baseCommit),
    merge_base_commit: commitShape(hub, repository, forkCommit),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    files: files.map((file) => fileChange(hub, repository, to, file)),
  };
  return page(
    ahead,
    (commit) => commitShape(hub, repository, commit),
    (commits) => ({ ...rest, commits }),
  );
}

/** `owner:branch` is taken for a branch of this repository. */
const unqualified = (name: string): string => name.slice(name.indexOf(":") + 1);

async function commitOf(repository: Repository, ref: string): Promise<string> {
  const sha = await repository.git.commitNamed(ref);
  if (!sha) throw invalid({ resource: "Commit", field: "sha", code: "invalid" });
  return sha;
}
