import type { CommandName } from "../domain/command-name.ts";
import { ownersOfPull } from "../github/owners.ts";
import { type InstalledRepository, statusOf } from "../github/repository.ts";
import { hasRole, isInTeam, standingOf } from "../github/standing.ts";
import { code } from "../proposals/markdown.ts";
import type { SweepSetup } from "./setup.ts";

interface Asked {
  readonly setup: Pick<SweepSetup, "config" | "log">;
  readonly repository: InstalledRepository;
  /** The issue or pull request in which they ask. */
  readonly issue: number;
  readonly login: string;
}
type Who = NonNullable<Asked["setup"]["config"]["commands"]["default"]>;

const WRITERS: Who = { roles: ["write"], codeowners: false };

/**
 * Why somebody may not give a command there, in words for them; `undefined` where they may. GitHub is asked for no
 * more than it takes, and what it does not say counts as no.
 */
export async function whyRefused(
  asked: Asked,
  command: Exclude<CommandName, "help">,
): Promise<string | undefined> {
  const { setup, repository, login } = asked;
  const { commands } = setup.config;
  const who = commands[command] ?? commands.default ?? WRITERS;
  const unknown: string[] = [];
  for (const { what, holds } of waysOf(who, asked))
    try {
      if (await holds()) return undefined;
    } catch (error) {
      setup.log.warn({ err: error, login, repository: repository.name }, `${what} could not be asked for`);
      unknown.push(` GitHub did not say ${what}${hint(error)}.`);
    }
  return `${code(login)} may not give ${code(`/loadline ${command}`)} here, which is for ${described(who)}.${unknown.join("")}`;
}

interface Way {
  /** What is asked: `who is in the team …`. */
  readonly what: string;
  readonly holds: () => Promise<boolean>;
}

/** From what costs nothing to what costs most. */
function waysOf({ roles, teams = [], users = [], codeowners }: Who, asked: Asked): Way[] {
  const { repository, login, issue } = asked;
  const isMember = async (team: string): Promise<boolean> => await isInTeam(repository, team, login);
  const ways: Way[] = [
    {
      what: "who it is",
      holds: async () => await Promise.resolve(users.some((user) => sameName(user, login))),
    },
  ];
  if (roles)
    ways.push({
      what: "which role they have",
      holds: async () => {
        const standing = await standingOf(repository, login);
        return roles.some((role) => hasRole(standing, role));
      },
    });
  for (const team of teams)
    ways.push({ what: `who is in the team ${code(team)}`, holds: async () => await isMember(team) });
  if (codeowners)
    ways.push({
      what: "who owns these files",
      holds: async () => await ownsAll(await ownersOfPull(repository, issue), login, isMember),
    });
  return ways;
}

/** Whether of each file's owners one is this person, or a team of theirs. */
async function ownsAll(
  files: readonly (readonly string[])[],
  login: string,
  isMember: (team: string) => Promise<boolean>,
): Promise<boolean> {
  const theirs = new Map<string, boolean>();
  const isTheirs = async (owner: string): Promise<boolean> => {
    const name = owner.replace(/^@/, "");
    if (!owner.startsWith("@") || !name.includes("/")) return owner.startsWith("@") && sameName(name, login);
    const known = theirs.get(name) ?? (await isMember(name));
    theirs.set(name, known);
    return known;
  };
  for (const owners of files) {
    let owned = false;
    for (const owner of owners) owned ||= await isTheirs(owner);
    if (!owned) return false;
  }
  return files.length > 0;
}

function described({ roles = [], teams = [], users = [], codeowners }: Who): string {
  return [
    ...roles.map((role) => `the role ${code(role)}`),
    ...teams.map((team) => `the team ${code(team)}`),
    ...users.map((user) => code(user)),
    ...(codeowners ? ["who owns all files of the pull request by CODEOWNERS"] : []),
  ].join(" or ");
}

function hint(error: unknown): string {
  const status = statusOf(error);
  if (status === 403) return " (403): the App may lack a permission, for teams `members: read`";
  return status === undefined ? "" : ` (${status})`;
}

/** GitHub does not tell upper from lower case. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
