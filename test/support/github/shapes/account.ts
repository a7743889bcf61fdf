import type { Hub } from "../hub.ts";
import type { Account, Collaborator, Installation, Permission, Permissions } from "../model.ts";

/** GitHub's opaque ids of the GraphQL world. */
export const nodeId = (kind: string, id: number | string): string =>
  `${kind}_${Buffer.from(String(id)).toString("base64url")}`;

export function user(hub: Hub, { id, login, type }: Account) {
  const url = `${hub.api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId("U", id),
    avatar_url: `${hub.url}/avatars/${id}`,
    gravatar_id: "",
    url,
    html_url: type === "Bot" ? `${hub.url}/apps/${login.replace("[bot]", "")}` : `${hub.url}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

export function collaborator(hub: Hub, { account, role, permission }: Collaborator) {
  // The older field knows four words only: maintain counts as write, triage as read.
  const permissionName = permission === "maintain" ? "write" : permission === "triage" ? "read" : permission;
  return {
    permission: permissionName,
    role_name: role,
    user: { ...user(hub, account), role_name: role, permissions: permissionFlags(permission) },
  };
}

export function permissionFlags(permission: Permission) {
  const rank = RANKS.indexOf(permission);
  return {
    admin: rank >= 4,
    maintain: rank >= 3,
    push: rank >= 2,
    triage: rank >= 1,
    pull: true,
  };
}

const RANKS: readonly Permission[] = ["read", "triage", "write", "maintain", "admin"];

export function app(hub: Hub) {
  const { id, slug, permissions, events, createdAt } = hub.app;
  return {
    id,
    client_id: `Iv1.${id}`,
    slug,
    node_id: nodeId("A", id),
    owner: user(hub, hub.account("loadline-makers", "Organization")),
    name: slug,
    description: "",
    external_url: `${hub.url}/apps/${slug}`,
    html_url: `${hub.url}/apps/${slug}`,
    created_at: createdAt,
    updated_at: createdAt,
    permissions,
    events,
    installations_count: hub.installations.size,
  };
}

export function installation(hub: Hub, one: Installation) {
  return {
    id: one.id,
    account: user(hub, one.account),
    repository_selection: one.selection,
    access_tokens_url: `${hub.api}/app/installations/${one.id}/access_tokens`,
    repositories_url: `${hub.api}/installation/repositories`,
    html_url: `${hub.url}/settings/installations/${one.id}`,
    app_id: hub.app.id,
    app_slug: hub.app.slug,
    client_id: `Iv1.${hub.app.id}`,
    target_id: one.account.id,
    target_type: one.account.type,
    permissions: one.permissions satisfies Permissions,
    events: hub.app.events,
    created_at: one.createdAt,
    updated_at: one.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: one.suspendedAt,
  };
}
