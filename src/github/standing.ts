import { type InstalledRepository, statusOf } from "./repository.ts";

/** GitHub's own roles, from the least to the most. */
const ROLES = ["read", "triage", "write", "maintain", "admin"] as const;

/** What a person is in a repository. */
export interface Standing {
  /** As GitHub names it, also where it is a custom one; `none` where they are nobody there. */
  readonly role: string;
  /** The role of GitHub's own that it comes to at the least. */
  readonly base: (typeof ROLES)[number] | undefined;
}

/** Rejects where GitHub does not say. */
export async function standingOf(
  { client, owner, name: repo }: InstalledRepository,
  username: string,
): Promise<Standing> {
  try {
    const { data } = await client.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    const { role_name: role, permission } = data;
    // A custom role stands on one of GitHub's own, of which the older field knows only three.
    return { role, base: ROLES.find((one) => one === role) ?? ROLES.find((one) => one === permission) };
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return { role: "none", base: undefined };
  }
}

/** Whether somebody has a role, or one of GitHub's own above it. */
export function hasRole({ role, base }: Standing, wanted: string): boolean {
  const least = ROLES.findIndex((one) => one === wanted);
  return least < 0 ? role === wanted : ROLES.findIndex((one) => one === base) >= least;
}

/** Whether somebody is in a team, or one below it. Rejects where GitHub does not say. */
export async function isInTeam(
  { client }: InstalledRepository,
  team: string,
  username: string,
): Promise<boolean> {
  const [org = "", team_slug = ""] = team.split("/");
  try {
    const { data } = await client.rest.teams.getMembershipForUserInOrg({ org, team_slug, username });
    return data.state === "active";
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return false;
  }
}
