import type { Hub } from "../hub.ts";
import type { Actor, Repository } from "../model.ts";
import { nodeId, permissionFlags, user } from "./account.ts";

export const repositoryUrl = (hub: Hub, repository: Repository): string =>
  `${hub.api}/repos/${repository.fullName}`;

/** One shape for all of GitHub's (full, minimal, of webhooks): the full one, which has the fields of every other. */
export function repository(hub: Hub, one: Repository, viewer?: Actor) {
  const url = repositoryUrl(hub, one);
  const html = `${hub.url}/${one.fullName}`;
  const openIssues = [...one.issues.values()].filter((issue) => issue.state === "open").length;
  const links = Object.entries(LINKS).map(([name, suffix]) => [`${name}_url`, url + suffix]);
  return {
    id: one.id,
    node_id: nodeId("R", one.id),
    name: one.name,
    full_name: one.fullName,
    private: one.private,
    visibility: one.private ? "private" : "public",
    owner: user(hub, one.owner),
    description: null,
    fork: false,
    url,
    html_url: html,
    ...Object.fromEntries(links),
    git_url: `${hub.url.replace("http:", "git:")}/${one.fullName}.git`,
    ssh_url: `git@localhost:${one.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    default_branch: one.defaultBranch,
    forks: 0,
    forks_count: 0,
    network_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 1,
    open_issues: openIssues,
    open_issues_count: openIssues,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    allow_auto_merge: one.allowsAutoMerge,
    web_commit_signoff_required: false,
    created_at: one.createdAt,
    updated_at: one.pushedAt,
    pushed_at: one.pushedAt,
    ...(viewer ? { permissions: permissionsOf(one, viewer) } : {}),
  };
}

function permissionsOf(one: Repository, viewer: Actor) {
  if (viewer.kind === "installation") {
    return permissionFlags(viewer.permissions["contents"] === "write" ? "write" : "read");
  }
  const login = viewer.kind === "person" ? viewer.account.login.toLowerCase() : "";
  return permissionFlags(one.collaborators.get(login)?.permission ?? "read");
}

const LINKS: Record<string, string> = {
  archive: "/{archive_format}{/ref}",
  assignees: "/assignees{/user}",
  blobs: "/git/blobs{/sha}",
  branches: "/branches{/branch}",
  collaborators: "/collaborators{/collaborator}",
  comments: "/comments{/number}",
  commits: "/commits{/sha}",
  compare: "/compare/{base}...{head}",
  contents: "/contents/{+path}",
  contributors: "/contributors",
  deployments: "/deployments",
  downloads: "/downloads",
  events: "/events",
  forks: "/forks",
  git_commits: "/git/commits{/sha}",
  git_refs: "/git/refs{/sha}",
  git_tags: "/git/tags{/sha}",
  hooks: "/hooks",
  issue_comment: "/issues/comments{/number}",
  issue_events: "/issues/events{/number}",
  issues: "/issues{/number}",
  keys: "/keys{/key_id}",
  labels: "/labels{/name}",
  languages: "/languages",
  merges: "/merges",
  milestones: "/milestones{/number}",
  notifications: "/notifications{?since,all,participating}",
  pulls: "/pulls{/number}",
  releases: "/releases{/id}",
  stargazers: "/stargazers",
  statuses: "/statuses/{sha}",
  subscribers: "/subscribers",
  subscription: "/subscription",
  tags: "/tags",
  teams: "/teams",
  trees: "/git/trees{/sha}",
};
