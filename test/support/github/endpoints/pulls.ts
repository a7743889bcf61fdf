import { Refusal, created, noContent, notFound, ok, page, raw } from "../answer.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import { findPull, isPull } from "../hub.ts";
import type { PullRequest } from "../model.ts";
import { pullCommits, pullDetails, pullFiles } from "../pull-details.ts";
import { mergePull, openPull, updatePull, whyProtected } from "../pull-requests.ts";
import { commit, fileChange } from "../shapes/commit.ts";
import { fullPull, pull as pullShape } from "../shapes/pull.ts";

export const pulls = [
  repositoryEndpoint("pulls/create", async ({ hub, repository, body, doer }) => {
    const { title = "", body: text = null, head, base, draft = false } = body;
    const pull = await openPull(hub, repository, { title, body: text, head, base, draft }, doer);
    return created(fullPull(hub, repository, pull, await pullDetails(repository, pull)));
  }),

  repositoryEndpoint("pulls/list", ({ hub, repository, query }) => {
    const [owner, ...branch] = query.head?.split(":") ?? [];
    const head = branch.join(":");
    const found = [...repository.issues.values()]
      .filter(isPull)
      .filter(({ state }) => query.state === "all" || state === query.state)
      .filter(({ pull }) => query.base === undefined || pull.base.ref === query.base)
      // GitHub pays no heed to a head without "owner:" before it.
      .filter(
        ({ pull }) =>
          !head || (pull.head.ref === head && (pull.head.fork ?? repository).owner.login === owner),
      );
    return page(sorted(found, query), (one) => pullShape(hub, repository, one));
  }),

  repositoryEndpoint("pulls/get", async ({ hub, repository, path, accept }) => {
    const pull = findPull(repository, path.pull_number);
    if (accept.includes("diff")) {
      const fork = await repository.git.mergeBase(pull.pull.base.sha, pull.pull.head.sha);
      const diff = await repository.git.raw(["diff", fork ?? pull.pull.base.sha, pull.pull.head.sha]);
      return raw(diff, "application/vnd.github.diff; charset=utf-8");
    }
    return ok(fullPull(hub, repository, pull, await pullDetails(repository, pull)));
  }),

  repositoryEndpoint("pulls/update", async ({ hub, repository, path, body, doer }) => {
    const pull = findPull(repository, path.pull_number);
    await updatePull(hub, repository, pull, body, doer);
    return ok(fullPull(hub, repository, pull, await pullDetails(repository, pull)));
  }),

  repositoryEndpoint("pulls/check-if-merged", ({ repository, path }) => {
    if (!findPull(repository, path.pull_number).pull.merged) throw notFound();
    return noContent();
  }),

  repositoryEndpoint("pulls/merge", async ({ hub, repository, path, body, doer }) => {
    const pull = findPull(repository, path.pull_number);
    const { merge_method: method = "merge", sha, commit_title: title, commit_message: message } = body ?? {};
    const why = whyProtected(repository, pull);
    if (why !== undefined) throw new Refusal(405, why);
    const merged = await mergePull(hub, repository, pull, { method, sha, title, message }, doer);
    return ok({ sha: merged, merged: true, message: "Pull Request successfully merged" });
  }),

  repositoryEndpoint("pulls/list-files", async ({ hub, repository, path }) => {
    const pull = findPull(repository, path.pull_number);
    return page(await pullFiles(repository, pull), (file) =>
      fileChange(hub, repository, pull.pull.head.sha, file),
    );
  }),

  repositoryEndpoint("pulls/list-commits", async ({ hub, repository, path }) => {
    const commits = await pullCommits(repository, findPull(repository, path.pull_number));
    return page(commits, (one) => commit(hub, repository, one));
  }),
];

function sorted(
  pulls: PullRequest[],
  { sort, direction }: { sort?: string; direction?: string },
): PullRequest[] {
  const key = (pull: PullRequest) => (sort === "updated" ? pull.updatedAt : pull.createdAt);
  const ascending = pulls.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number);
  // Newest first, unless another order is asked for; a sort of one's own is newest last.
  const descending = (direction ?? (sort === undefined || sort === "created" ? "desc" : "asc")) === "desc";
  return descending ? ascending.toReversed() : ascending;
}
