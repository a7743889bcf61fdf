import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { whyRefused } from "../../src/sweep/who-may.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

const log = pino({ level: "silent" });

describe("who may give a command", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let installed: InstalledRepository;
  let pull: number;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", {
      files: {
        "apps/api.yaml": "a: 1\n",
        "db/main.yaml": "a: 1\n",
        ".github/CODEOWNERS": "/apps/ @acme/shop-team apps@acme.example\n/db/ @acme/dba @olga\n",
      },
    });
    for (const [login, permission, role] of PEOPLE) shop.addCollaborator(login, permission, role);
    github.addToTeam("acme/sre", "tom");
    github.addToTeam("acme/shop-team", "olga", "tom");
    const files = { "apps/api.yaml": "a: 2\n", "db/main.yaml": "a: 2\n" };
    await shop.commit({ files, branch: "both", author: "olga" });
    pull = await shop.open("olga", "both");
    installed = await installedOn(github, "acme/shop", { retry: { enabled: false } });
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  const refusal = async (
    rules: string,
    login: string,
    command: Parameters<typeof whyRefused>[1] = "merge",
    issue = pull,
  ): Promise<string | undefined> => {
    const config = parseConfig(`${CONFIG}commands: ${rules}\n`, "loadline.yaml");
    return await whyRefused({ setup: { config, log }, repository: installed, issue, login }, command);
  };
  const allowed = async (rules: string, command?: Parameters<typeof whyRefused>[1]): Promise<string[]> => {
    const found: string[] = [];
    for (const [login] of [...PEOPLE, ["nobody"] as const])
      if ((await refusal(rules, login, command)) === undefined) found.push(login);
    return found;
  };

  it.each([
    ["{}", ["anna", "max", "will", "carl", "tom"]],
    ["{ merge: { roles: [maintain] } }", ["anna", "max"]],
    ["{ merge: { roles: [admin, carpenter] } }", ["anna", "carl"]],
    ["{ merge: { roles: [read] } }", ["anna", "max", "will", "tessa", "rita", "carl", "tom", "olga"]],
    ["{ merge: { teams: [ACME/sre] } }", ["tom"]],
    ["{ merge: { users: [Rita, nobody] } }", ["rita", "nobody"]],
    ["{ merge: { roles: [admin], users: [rita] } }", ["anna", "rita"]],
    ["{ default: { roles: [admin] } }", ["anna"]],
    ["{ default: { roles: [admin] }, merge: { teams: [acme/sre] } }", ["tom"]],
    ["{ explain: { roles: [read] } }", ["anna", "max", "will", "carl", "tom"]],
    // The other team's member owns but one of both files.
    ["{ merge: { codeowners: true } }", ["olga"]],
  ])("by %s: %j", async (rules, people) => {
    expect(await allowed(rules)).toEqual(people);
  });

  it("owns nothing where there is no pull request, or no CODEOWNERS names its files", async () => {
    const { number } = await shop.openIssue("olga", "Which numbers?");
    expect(await refusal("{ merge: { codeowners: true } }", "olga", "merge", number)).toMatch(/may not/);
    await shop.commit({ files: { "README.md": "more\n" }, branch: "both", author: "olga" });
    expect(await refusal("{ merge: { codeowners: true } }", "olga")).toMatch(/may not/);
  });

  it("says for whom a command is, with names as text", async () => {
    expect(
      await refusal(
        "{ approve: { roles: [maintain], teams: [acme/sre], codeowners: true } }",
        "rita",
        "approve",
      ),
    ).toBe(
      "`rita` may not give `/loadline approve` here, which is for the role `maintain` or the team `acme/sre` or who owns all files of the pull request by CODEOWNERS.",
    );
  });

  it("refuses where GitHub does not say, and says what is missing", async () => {
    // Of another organization nothing may be asked.
    expect(await refusal("{ merge: { teams: [other/sre] } }", "tom")).toBe(
      "`tom` may not give `/loadline merge` here, which is for the team `other/sre`. GitHub did not say who is in the team `other/sre` (403): the App may lack a permission, for teams `members: read`.",
    );
    const end = github.fault({ match: ({ path }) => path.endsWith("/permission"), status: 500 });
    expect(await refusal("{}", "anna")).toMatch(/GitHub did not say which role they have \(500\)\.$/);
    end();
    expect(await refusal("{}", "anna")).toBeUndefined();
  });

  it("refuses where GitHub does not name all files", async () => {
    const end = github.fault({ match: ({ path }) => path.endsWith("/files"), status: 200, body: [] });
    expect(await refusal("{ merge: { codeowners: true } }", "olga")).toMatch(
      /GitHub did not say who owns these files\.$/,
    );
    end();
  });

  it("asks GitHub nothing of somebody whom the configuration names", async () => {
    const since = github.mark();
    expect(
      await refusal("{ merge: { users: [rita], teams: [acme/sre], codeowners: true } }", "rita"),
    ).toBeUndefined();
    expect(since()).toEqual([]);
  });
});

const PEOPLE = [
  ["anna", "admin", "admin"],
  ["max", "maintain", "maintain"],
  ["will", "write", "write"],
  ["tessa", "triage", "triage"],
  ["rita", "read", "read"],
  ["carl", "write", "carpenter"],
  ["tom", "write", "write"],
  ["olga", "read", "read"],
] as const;

const CONFIG =
  "version: 1\nclusters: [{ name: prod, metricsFile: usage.om }]\nrepositories: [{ name: acme/shop }]\n";
