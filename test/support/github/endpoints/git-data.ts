import { Refusal, created, noContent, notFound, ok, page, raw } from "../answer.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import { isHash, type TreeChange, type TreeEntry } from "../git.ts";
import type { Hub } from "../hub.ts";
import type { Actor, Repository } from "../model.ts";
import { github, identity } from "../pull-requests.ts";
import { moveRef } from "../pushes.ts";
import { nodeId } from "../shapes/account.ts";
import { gitCommit } from "../shapes/commit.ts";
import { repositoryUrl } from "../shapes/repository.ts";

export const gitData = [
  repositoryEndpoint("git/get-ref", async ({ hub, repository, path }) => {
    const ref = `refs/${path.ref}`;
    const sha = (await repository.git.refs()).get(ref);
    if (!sha) throw notFound();
    return ok(await reference(hub, repository, ref, sha));
  }),

  repositoryEndpoint("git/list-matching-refs", async ({ hub, repository, path }) => {
    const refs = await repository.git.refs(`refs/${path.ref}`);
    return page([...refs], ([ref, sha]) => reference(hub, repository, ref, sha));
  }),

  repositoryEndpoint("git/create-ref", async ({ hub, repository, body, doer }) => {
    if (!/^refs\/[^/]+\/./.test(body.ref) || !(await isRefName(repository, body.ref))) {
      throw new Refusal(422, `Reference name is not valid: ${body.ref}`);
    }
    if (!(await repository.git.type(body.sha))) throw new Refusal(422, "Object does not exist");
    if ((await repository.git.refs()).has(body.ref)) throw new Refusal(422, "Reference already exists");
    await moveRef(hub, repository, { ref: body.ref, before: null, after: body.sha }, doer);
    return created(await reference(hub, repository, body.ref, body.sha));
  }),

  repositoryEndpoint("git/update-ref", async ({ hub, repository, path, body, doer }) => {
    const { git } = repository;
    const ref = `refs/${path.ref}`;
    const before = (await git.refs()).get(ref);
    if (!before) throw new Refusal(422, "Reference does not exist");
    if (!(await git.type(body.sha))) throw new Refusal(422, "Object does not exist");
    if (body.force !== true && !(await git.isAncestor(before, body.sha))) {
      throw new Refusal(422, "Update is not a fast forward");
    }
    if (before !== body.sha) await moveRef(hub, repository, { ref, before, after: body.sha }, doer);
    return ok(await reference(hub, repository, ref, body.sha));
  }),

  repositoryEndpoint("git/delete-ref", async ({ hub, repository, path, doer }) => {
    const ref = `refs/${path.ref}`;
    const before = (await repository.git.refs()).get(ref);
    if (!before) throw new Refusal(422, "Reference does not exist");
    await moveRef(hub, repository, { ref, before, after: null }, doer);
    return noContent();
  }),

  repositoryEndpoint("git/get-commit", async ({ hub, repository, path }) => {
    const commit = isHash(path.commit_sha) ? await repository.git.commit(path.commit_sha) : undefined;
    if (!commit) throw notFound();
    return ok(gitCommit(hub, repository, commit));
  }),

  repositoryEndpoint("git/create-commit", async ({ hub, repository, actor, body, doer }) => {
    const { git } = repository;
    const parents = body.parents ?? [];
    if ((await git.type(body.tree)) !== "tree") throw new Refusal(422, "Tree SHA does not exist");
    for (const parent of parents) {
      if ((await git.type(parent)) !== "commit")
        throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
    }
    const now = hub.timestamp();
    const given = (who: { name: string; email: string; date?: string } | undefined) =>
      who ? { name: who.name, email: who.email, date: who.date ?? now } : undefined;
    const author = given(body.author);
    // GitHub signs only what an App leaves wholly to it.
    const signs = actor.kind === "installation" && !body.author && !body.committer;
    const committer =
      body.committer?.name && body.committer.email
        ? { name: body.committer.name, email: body.committer.email, date: body.committer.date ?? now }
        : undefined;
    const sha = await git.writeCommit({
      tree: body.tree,
      parents,
      message: body.message,
      author: author ?? identity(doer, now),
      committer: committer ?? (signs ? github(now) : (author ?? identity(doer, now))),
    });
    if (signs) repository.verified.add(sha);
    const commit = await git.commit(sha);
    if (!commit) throw notFound();
    return created(gitCommit(hub, repository, commit));
  }),

  repositoryEndpoint("git/get-tree", async ({ hub, repository, path, query }) => {
    const { git } = repository;
    const sha = (await git.type(path.tree_sha)) ? path.tree_sha : await git.commitNamed(path.tree_sha);
    const tree = sha && (await git.treeOf(sha));
    if (!tree) throw notFound();
    return ok(treeShape(hub, repository, tree, await git.tree(tree, query.recursive !== undefined)));
  }),

  repositoryEndpoint("git/create-tree", async ({ hub, repository, actor, body }) => {
    const { git } = repository;
    const base = body.base_tree === undefined ? null : await git.treeOf(body.base_tree);
    if (base === undefined) throw new Refusal(422, "base_tree is not a valid tree or commit");
    const blobs = await git.writeBlobs(body.tree.map(({ content }) => content ?? ""));
    const changes = await Promise.all(
      body.tree.map((entry, index) => treeChange(repository, entry, blobs[index])),
    );
    checkWorkflows(actor, changes);
    const tree = await git.writeTree(base, changes);
    return created(treeShape(hub, repository, tree, await git.tree(tree, false)));
  }),

  repositoryEndpoint("git/get-blob", async ({ hub, repository, path, accept }) => {
    const content = await repository.git.blob(path.file_sha);
    if (!content) throw notFound();
    if (accept.includes("raw")) return raw(content, "application/vnd.github.raw; charset=utf-8");
    return ok({
      sha: path.file_sha,
      node_id: nodeId("B", path.file_sha),
      size: content.length,
      url: blobUrl(hub, repository, path.file_sha),
      content: base64Lines(content),
      encoding: "base64",
    });
  }),

  repositoryEndpoint("git/create-blob", async ({ hub, repository, body }) => {
    const encoding = body.encoding === "base64" ? "base64" : "utf8";
    const sha = await repository.git.writeBlob(Buffer.from(body.content, encoding));
    return created({ sha, url: blobUrl(hub, repository, sha) });
  }),
];

async function reference(hub: Hub, repository: Repository, ref: string, sha: string) {
  const url = repositoryUrl(hub, repository);
  const type = (await repository.git.type(sha)) ?? "commit";
  return {
    ref,
    node_id: nodeId("REF", ref),
    url: `${url}/git/${ref}`,
    object: { sha, type, url: `${url}/git/${type}s/${sha}` },
  };
}

const isRefName = async (repository: Repository, ref: string): Promise<boolean> =>
  (await repository.git.attempt(["check-ref-format", ref])) !== undefined;

const blobUrl = (hub: Hub, repository: Repository, sha: string): string =>
  `${repositoryUrl(hub, repository)}/git/blobs/${sha}`;

/** GitHub breaks base64 after 60 characters. */
export const base64Lines = (content: Buffer): string =>
  content.toString("base64").replace(/(.{60})/g, "$1\n");

function treeShape(hub: Hub, repository: Repository, sha: string, entries: readonly TreeEntry[]) {
  const url = `${repositoryUrl(hub, repository)}/git`;
  const tree = entries.map(({ path, mode, type, sha, size }) => ({
    path,
    mode,
    type,
    sha,
    ...(size === undefined ? {} : { size }),
    ...(type === "commit" ? {} : { url: `${url}/${type}s/${sha}` }),
  }));
  return { sha, url: `${url}/trees/${sha}`, tree, truncated: false };
}

interface TreeWish {
  readonly path?: string;
  readonly mode?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

async function treeChange(
  { git }: Repository,
  { path, mode, sha, content }: TreeWish,
  blob = "",
): Promise<TreeChange> {
  if (
    !path ||
    path.startsWith("/") ||
    path.split("/").some((part) => ["", ".", "..", ".git"].includes(part))
  ) {
    throw new Refusal(422, "tree.path contains a malformed path component");
  }
  if (content !== undefined) {
    if (sha !== undefined) throw new Refusal(422, "Must supply either tree.sha or tree.content, not both");
    return { path, mode: mode ?? "100644", sha: blob };
  }
  if (sha === undefined) throw new Refusal(422, "Must supply a valid tree.sha or tree.content");
  if (mode === undefined && sha !== null) throw new Refusal(422, "Must supply a valid tree.mode");
  if (sha !== null && mode !== "160000" && !(await git.type(sha)))
    throw new Refusal(422, `tree.sha ${sha} is not a valid blob`);
  return { path, mode: mode ?? "100644", sha };
}

/** Files that run in CI need a permission of their own. */
function checkWorkflows(actor: Actor, changes: readonly TreeChange[]): void {
  if (actor.kind !== "installation" || actor.permissions["workflows"] === "write") return;
  if (changes.some(({ path }) => path.startsWith(".github/workflows/"))) {
    throw new Refusal(403, "Resource not accessible by integration");
  }
}
