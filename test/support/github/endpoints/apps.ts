import { Refusal, notFound, ok, page, type Answer } from "../answer.ts";
import { endpoint, repositoryEndpoint } from "../endpoint.ts";
import { timestamp } from "../git.ts";
import type { Hub } from "../hub.ts";
import type { Actor, Installation } from "../model.ts";
import { app, installation as installationShape, user } from "../shapes/account.ts";
import { repository as repositoryShape } from "../shapes/repository.ts";

export const apps = [
  endpoint("apps/get-authenticated", ({ hub, actor }) => asApp(actor, () => ok(app(hub)))),

  endpoint("apps/list-installations", ({ hub, actor }) =>
    asApp(actor, () => page([...hub.installations.values()], (one) => installationShape(hub, one))),
  ),

  endpoint("apps/get-installation", ({ hub, actor, path }) =>
    asApp(actor, () => ok(installationShape(hub, findInstallation(hub, path.installation_id)))),
  ),

  repositoryEndpoint("apps/get-repo-installation", ({ hub, actor, repository }) =>
    asApp(actor, () => {
      const installation = hub.installationOf(repository);
      if (!installation) throw notFound();
      return ok(installationShape(hub, installation));
    }),
  ),

  endpoint("apps/create-installation-access-token", ({ hub, tokens, actor, path, body }) =>
    asApp(actor, () => {
      const installation = findInstallation(hub, path.installation_id);
      if (installation.suspendedAt) throw new Refusal(403, "This installation has been suspended");
      const { repositories, repository_ids: ids, permissions: wanted } = body ?? {};
      const own = hub.repositoriesOf(installation);
      const chosen = own.filter(({ id, name }) => ids?.includes(id) || repositories?.includes(name));
      if (chosen.length < (ids?.length ?? 0) + (repositories?.length ?? 0)) {
        throw new Refusal(
          422,
          "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
      }
      const narrowed = ids || repositories;
      const permissions = { ...(wanted ?? installation.permissions), metadata: "read" };
      const excess = Object.entries(permissions).find(
        ([name, level]) => !covers(installation.permissions[name], level),
      );
      if (excess) throw new Refusal(422, "The permissions requested are not granted to this installation.");
      const only = narrowed ? new Set(chosen.map(({ id }) => id)) : undefined;
      const { token, expiresAt } = tokens.forInstallation(installation, permissions, only);
      const body201 = {
        token,
        expires_at: timestamp(expiresAt),
        permissions,
        repository_selection: narrowed ? "selected" : installation.selection,
        ...(narrowed ? { repositories: chosen.map((one) => repositoryShape(hub, one)) } : {}),
      };
      return { status: 201, body: body201 };
    }),
  ),

  endpoint("apps/list-repos-accessible-to-installation", ({ hub, actor }) => {
    if (actor.kind !== "installation") throw new Refusal(403, "Resource not accessible by integration");
    const repositories = hub.accessible(actor);
    return page(
      repositories,
      (one) => repositoryShape(hub, one, actor),
      (shown) => ({
        total_count: repositories.length,
        repository_selection: actor.installation.selection,
        repositories: shown,
      }),
    );
  }),

  endpoint("users/get-by-username", ({ hub, path }) => {
    const account = hub.knownAccount(path.username);
    if (!account) throw notFound();
    return ok({
      ...user(hub, account),
      name: account.login,
      company: null,
      blog: null,
      location: null,
      email: null,
      hireable: null,
      bio: null,
      public_repos: 0,
      public_gists: 0,
      followers: 0,
      following: 0,
      created_at: hub.app.createdAt,
      updated_at: hub.app.createdAt,
    });
  }),
];

function asApp(actor: Actor, answer: () => Answer): Answer {
  if (actor.kind === "app") return answer();
  throw new Refusal(401, "A JSON web token could not be decoded");
}

function findInstallation(hub: Hub, id: number): Installation {
  const installation = hub.installations.get(id);
  if (!installation) throw notFound();
  return installation;
}

const LEVELS = ["read", "write", "admin"];
const covers = (granted: string | undefined, wanted: string): boolean =>
  granted !== undefined && LEVELS.indexOf(granted) >= LEVELS.indexOf(wanted);
