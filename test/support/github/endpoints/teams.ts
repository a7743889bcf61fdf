import { Refusal, notFound, ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export const teams = [
  endpoint("teams/get-membership-for-user-in-org", ({ hub, actor, path }) => {
    const { org, team_slug: team, username } = path;
    const mayAsk =
      actor.kind === "installation" &&
      actor.permissions["members"] !== undefined &&
      actor.installation.account.login.toLowerCase() === org.toLowerCase();
    if (!mayAsk) throw new Refusal(403, "Resource not accessible by integration");
    const members = hub.teams.get(`${org}/${team}`.toLowerCase());
    if (!members?.has(username.toLowerCase())) throw notFound();
    return ok({
      url: `${hub.api}/orgs/${org}/teams/${team}/memberships/${username}`,
      role: "member",
      state: "active",
    });
  }),
];
