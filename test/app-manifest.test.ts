import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = path.join(import.meta.dirname, "..");

/**
 * What GitHub's documentation says that each call needs; one of several is enough. `app`: the App speaks for
 * itself with its key, which takes no permission.
 */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "apps.createInstallationAccessToken": ["app"],
  "apps.getRepoInstallation": ["app"],
  "checks.create": ["checks:write"],
  "checks.listForRef": ["checks:read"],
  "checks.update": ["checks:write"],
  "git.createCommit": ["contents:write"],
  "git.createRef": ["contents:write"],
  "git.createTree": ["contents:write"],
  "git.deleteRef": ["contents:write"],
  "git.getBlob": ["contents:read"],
  "git.updateRef": ["contents:write"],
  "issues.addLabels": ["issues:write", "pull_requests:write"],
  "issues.create": ["issues:write"],
  "issues.createComment": ["issues:write", "pull_requests:write"],
  "issues.deleteComment": ["issues:write", "pull_requests:write"],
  "issues.listComments": ["issues:read", "pull_requests:read"],
  "issues.listCommentsForRepo": ["issues:read", "pull_requests:read"],
  "issues.listEvents": ["issues:read", "pull_requests:read"],
  "issues.listForRepo": ["issues:read"],
  "issues.update": ["issues:write"],
  "issues.updateComment": ["issues:write", "pull_requests:write"],
  "pulls.create": ["pull_requests:write"],
  "pulls.get": ["pull_requests:read"],
  "pulls.list": ["pull_requests:read"],
  "pulls.listCommits": ["pull_requests:read"],
  "pulls.listFiles": ["pull_requests:read"],
  "pulls.merge": ["contents:write"],
  "pulls.update": ["pull_requests:write"],
  "reactions.createForIssueComment": ["issues:write", "pull_requests:write"],
  "repos.compareCommitsWithBasehead": ["contents:read"],
  "repos.get": ["metadata:read"],
  "repos.getCollaboratorPermissionLevel": ["metadata:read"],
  "repos.getCombinedStatusForRef": ["statuses:read"],
  "repos.getContent": ["contents:read"],
  "repos.listCommits": ["contents:read"],
  "teams.getMembershipForUserInOrg": ["members:read"],
};

/** The permission with which GitHub sends an event at all. */
const SENT_WITH: Readonly<Record<string, string>> = {
  check_suite: "checks:read",
  push: "contents:read",
  pull_request: "pull_requests:read",
  issue_comment: "issues:read",
  issues: "issues:read",
};

const manifestSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  url: z.url(),
  public: z.literal(false),
  hook_attributes: z.strictObject({ url: z.url({ protocol: /^https$/ }), active: z.boolean() }),
  default_permissions: z.record(z.string(), z.enum(["read", "write"])),
  default_events: z.array(z.string()),
});

describe("app.yml", async () => {
  const manifest = manifestSchema.parse(parse(await readFile(path.join(ROOT, "app.yml"), "utf8")));
  const source = await readAll("src/**/*.ts");
  const calls = [...source.matchAll(/\.rest\s*\.(\w+)\s*\.(\w+)/g)].map(
    ([, room, name]) => `${room}.${name}`,
  );
  const events = [...source.matchAll(/\bapp\.on\(\s*(\[[^\]]*\]|"[^"]*")/g)].flatMap(([, names = ""]) =>
    [...names.matchAll(/"(\w+)[."]/g)].map(([, name = ""]) => name),
  );
  const granted = (need: string): boolean => {
    const [permission = "", access] = need.split(":");
    const given = manifest.default_permissions[permission];
    return need === "app" || given === access || given === "write";
  };

  it("grants what every call of the code needs", () => {
    expect(calls.length).toBeGreaterThan(10);
    for (const call of calls) {
      const needs = NEEDED[call];
      expect(needs, `${call} has no line in the table of this test`).toBeDefined();
      expect(needs?.some(granted), `${call} needs ${needs?.join(" or ")}`).toBe(true);
    }
  });

  it("grants nothing that no call or event needs", () => {
    const used = [...calls.flatMap((call) => NEEDED[call] ?? []), ...Object.values(SENT_WITH)];
    for (const [permission, access] of Object.entries(manifest.default_permissions))
      expect(used, `${permission}: ${access}`).toContain(`${permission}:${access}`);
  });

  it("subscribes to exactly the events that the code listens to, with the permission that each comes with", () => {
    const listened = new Set(events.filter((event) => !event.startsWith("installation")));
    expect(new Set(manifest.default_events)).toEqual(listened);
    for (const event of manifest.default_events)
      expect(granted(SENT_WITH[event] ?? ""), `${event} comes with ${SENT_WITH[event]}`).toBe(true);
  });

  it("names the path where the App listens", () => {
    expect(source).toContain(`"${new URL(manifest.hook_attributes.url).pathname}"`);
  });

  it("makes no call that GitHub's description does not know", async () => {
    const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
    const description = await readFile(file, "utf8");
    for (const call of calls) expect(description).toContain(`"${operationId(call)}"`);
  });
});

/** `git.createTree` is the operation `git/create-tree`. */
function operationId(call: string): string {
  return call.replace(".", "/").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function readAll(pattern: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob(pattern, { cwd: ROOT }))
    texts.push(await readFile(path.join(ROOT, file), "utf8"));
  return texts.join("\n");
}
