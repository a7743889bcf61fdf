import type { FileChange } from "../diff.ts";
import type { Commit, Identity } from "../git.ts";
import type { Hub } from "../hub.ts";
import type { Repository } from "../model.ts";
import { nodeId, user } from "./account.ts";
import { repositoryUrl } from "./repository.ts";

/** The commit object of `git/commits`. */
export function gitCommit(hub: Hub, repository: Repository, commit: Commit) {
  const url = repositoryUrl(hub, repository);
  const html = `${hub.url}/${repository.fullName}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId("C", commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${html}/${sha}`,
    })),
    verification: verification(repository, commit),
  };
}

/** The commit as `commits`, `compare` and `pulls/{n}/commits` show it: with the accounts behind the names. */
export function commit(hub: Hub, repository: Repository, one: Commit) {
  const { sha, node_id, html_url, parents, author, committer, tree, message, verification } = gitCommit(
    hub,
    repository,
    one,
  );
  const url = `${repositoryUrl(hub, repository)}/commits`;
  return {
    sha,
    node_id,
    url: `${url}/${sha}`,
    html_url,
    comments_url: `${url}/${sha}/comments`,
    commit: {
      url: `${repositoryUrl(hub, repository)}/git/commits/${sha}`,
      author,
      committer,
      tree,
      message,
      comment_count: 0,
      verification,
    },
    author: accountOf(hub, one.author),
    committer: accountOf(hub, one.committer),
    parents: parents.map((parent) => ({ ...parent, url: `${url}/${parent.sha}` })),
  };
}

/** The commit within `push` and `check_suite` events. */
export function pushedCommit(hub: Hub, repository: Repository, one: Commit, files: readonly FileChange[]) {
  const paths = (...statuses: string[]) =>
    files.filter((f) => statuses.includes(f.status)).map((f) => f.path);
  return {
    ...simpleCommit(hub, one),
    distinct: true,
    url: `${hub.url}/${repository.fullName}/commit/${one.sha}`,
    added: paths("added", "renamed", "copied"),
    removed: [
      ...paths("removed"),
      ...files.flatMap((f) => (f.status === "renamed" ? (f.previousPath ?? []) : [])),
    ],
    modified: paths("modified", "changed"),
  };
}

export function simpleCommit(hub: Hub, one: Commit) {
  return {
    id: one.sha,
    tree_id: one.tree,
    message: one.message,
    timestamp: one.committer.date,
    author: person(hub, one.author),
    committer: person(hub, one.committer),
  };
}

export function fileChange(hub: Hub, repository: Repository, ref: string, change: FileChange) {
  const { path, previousPath, patch, additions, deletions, sha, status } = change;
  const html = `${hub.url}/${repository.fullName}`;
  const encoded = encodeURIComponent(path);
  return {
    sha,
    filename: path,
    status,
    additions,
    deletions,
    changes: additions + deletions,
    blob_url: `${html}/blob/${ref}/${encoded}`,
    raw_url: `${html}/raw/${ref}/${encoded}`,
    contents_url: `${repositoryUrl(hub, repository)}/contents/${encoded}?ref=${ref}`,
    ...(patch === undefined ? {} : { patch }),
    ...(previousPath === undefined ? {} : { previous_filename: previousPath }),
  };
}

const accountOf = (hub: Hub, { email }: Identity) => {
  const account = hub.accountByEmail(email);
  return account ? user(hub, account) : null;
};

const person = (hub: Hub, { name, email, date }: Identity) => {
  const username = hub.accountByEmail(email)?.login;
  return { name, email, date, ...(username === undefined ? {} : { username }) };
};

/** Real signatures are not made: GitHub's own commits are listed, and said to be verified. */
function verification(repository: Repository, { sha, tree, committer }: Commit) {
  const verified = repository.verified.has(sha);
  return {
    verified,
    reason: verified ? "valid" : "unsigned",
    signature: verified ? "-----BEGIN PGP SIGNATURE-----\n(local)\n-----END PGP SIGNATURE-----" : null,
    payload: verified ? `tree ${tree}\n` : null,
    verified_at: verified ? committer.date : null,
  };
}
