import { describe, expect, it } from "vitest";
import { commitMessage } from "../../src/proposals/commit-message.ts";

const TITLE = "Right-size apps/api: −1.0 cores";
const FILES = ["apps/api/deployment.yaml", "apps/api/overlays/prod/patch.yaml"];

describe("the message of a commit, by the habit of the newest ones", () => {
  it.each([
    ["of nobody", [], TITLE],
    ["of sentences", ["Raise the limit", "Bump image"], TITLE],
    ["of another convention", ["apps/api: raise the limit", "search: less memory", "fix stuff"], TITLE],
    ["of Conventional Commits", ["feat: a", "fix!: b", "Raise c"], "chore: right-size apps/api: −1.0 cores"],
    [
      "with scopes",
      ["feat(web): a", "chore(deps)!: b", "fix: c"],
      "chore(api): right-size apps/api: −1.0 cores",
    ],
    ["of as many of one as of the other", ["feat: a", "Raise b"], TITLE],
    [
      "but for what git writes",
      [
        "fix: a",
        "Merge pull request #1 from x/y",
        "Merge branch 'main'",
        'Revert "fix: a"',
        "Initial commit",
      ],
      "chore: right-size apps/api: −1.0 cores",
    ],
  ])("%s", (_, newest, message) => {
    expect(commitMessage(TITLE, FILES, newest)).toBe(message);
  });

  it.each([
    [["values.yaml"], "chore: right-size apps/api: −1.0 cores"],
    [["apps/api/a.yaml", "apps/web/a.yaml"], "chore(apps): right-size apps/api: −1.0 cores"],
    [["apps/api/a.yaml", "apps/api2/a.yaml"], "chore(apps): right-size apps/api: −1.0 cores"],
    [["odd (x): y/a.yaml"], "chore(odd-x-y): right-size apps/api: −1.0 cores"],
  ])("has the innermost folder of %j as its scope", (files, message) => {
    expect(commitMessage(TITLE, files, ["fix(a): b"])).toBe(message);
  });
});
