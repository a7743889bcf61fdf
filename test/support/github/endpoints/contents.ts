import { Refusal, invalid, notFound, ok, raw } from "../answer.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import type { TreeEntry } from "../git.ts";
import type { Hub } from "../hub.ts";
import type { Repository } from "../model.ts";
import { github, identity } from "../pull-requests.ts";
import { moveRef } from "../pushes.ts";
import { gitCommit } from "../shapes/commit.ts";
import { repositoryUrl } from "../shapes/repository.ts";
import { base64Lines } from "./git-data.ts";

/** Larger files come only in the raw media type. */
const MAX_INLINE = 1_000_000;

export const contents = [
  repositoryEndpoint("repos/get-content", async ({ hub, repository, path, query, accept }) => {
    const { git } = repository;
    const ref = query.ref ?? repository.defaultBranch;
    const commit = await git.commitNamed(ref);
    if (!commit) throw new Refusal(404, `No commit found for the ref ${ref}`);
    const where = path.path.replace(/^\/+|\/+$/g, "");
    const entry = await git.entry(commit, where);
    if (!entry) throw notFound();
    if (entry.type === "tree") {
      const entries = await git.tree(entry.sha, false);
      const inside = (one: TreeEntry) => ({ ...one, path: where ? `${where}/${one.path}` : one.path });
      return ok(entries.map((one) => entryShape(hub, repository, ref, inside(one))));
    }
    const content = (await git.blob(entry.sha)) ?? Buffer.alloc(0);
    if (accept.includes("raw")) return raw(content, "application/vnd.github.raw; charset=utf-8");
    const small = content.length <= MAX_INLINE;
    return ok({
      ...entryShape(hub, repository, ref, entry),
      content: small ? base64Lines(content) : "",
      encoding: small ? "base64" : "none",
    });
  }),

  repositoryEndpoint(
    "repos/create-or-update-file-contents",
    async ({ hub, repository, actor, path, body, doer }) => {
      const { git } = repository;
      const branch = body.branch ?? repository.defaultBranch;
      const before = await git.branch(branch);
      if (!before) throw new Refusal(404, `Branch ${branch} not found`);
      const known = await git.entry(before, path.path);
      if (known && body.sha === undefined)
        throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
      if (body.sha !== undefined && known?.sha !== body.sha) {
        throw new Refusal(409, `${path.path} does not match ${body.sha}`);
      }
      if (!/^[A-Za-z0-9+/=\s]*$/.test(body.content))
        throw invalid({ resource: "Content", field: "content", code: "invalid" });
      const sha = await git.writeBlob(Buffer.from(body.content, "base64"));
      const base = (await git.treeOf(before)) ?? null;
      const now = hub.timestamp();
      const author = body.author ? { ...body.author, date: body.author.date ?? now } : identity(doer, now);
      const after = await git.writeCommit({
        tree: await git.writeTree(base, [{ path: path.path, mode: known?.mode ?? "100644", sha }]),
        parents: [before],
        message: body.message,
        author,
        committer: body.committer ? { ...body.committer, date: body.committer.date ?? now } : github(now),
      });
      if (actor.kind === "installation" && !body.author && !body.committer) repository.verified.add(after);
      await moveRef(hub, repository, { ref: `refs/heads/${branch}`, before, after }, doer);
      const [commit, entry] = [await git.commit(after), await git.entry(after, path.path)];
      if (!commit || !entry) throw notFound();
      const answer = {
        content: entryShape(hub, repository, branch, entry),
        commit: gitCommit(hub, repository, commit),
      };
      return { status: known ? 200 : 201, body: answer };
    },
  ),
];

function entryShape(
  hub: Hub,
  repository: Repository,
  ref: string,
  { path, sha, size, type, mode }: TreeEntry,
) {
  const url = `${repositoryUrl(hub, repository)}/contents/${encodeURI(path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(hub, repository)}/git/${type === "tree" ? "trees" : "blobs"}/${sha}`;
  const html = `${hub.url}/${repository.fullName}/${type === "tree" ? "tree" : "blob"}/${ref}/${encodeURI(path)}`;
  return {
    name: path.split("/").at(-1) ?? path,
    path,
    sha,
    size: size ?? 0,
    type: type === "tree" ? "dir" : mode === "120000" ? "symlink" : "file",
    url,
    git_url: git,
    html_url: html,
    download_url: type === "tree" ? null : `${hub.url}/raw/${repository.fullName}/${ref}/${encodeURI(path)}`,
    _links: { self: url, git, html },
  };
}
