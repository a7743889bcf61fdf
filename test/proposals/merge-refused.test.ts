import { describe, expect, it } from "vitest";
import { mergeRefused } from "../../src/proposals/merge-refused.ts";

const said = (why: string, isLeftToGitHub = false): string | undefined =>
  mergeRefused({ why, isLeftToGitHub });

describe("what is said where GitHub does not merge", () => {
  it.each([
    ["At least 1 approving review is required by reviewers with write access.", /somebody approves it/],
    ['Required status check "ci" is expected.', /have to run on Loadline's branches/],
    ['Repository rule violations found\n\nRequired status check "ci" is in progress.', /have to run/],
    ["Changes must be made through the merge queue", /add it to the queue/],
    ["Pull Request is still a draft", /made it a draft/],
    ["Pull Request is not mergeable", /conflicts with its base/],
    ["All comments must be resolved: a conversation must be resolved", /resolve the conversations/],
    ["You're not authorized to push to this branch.", /What protects the base decides/],
  ])("says for %j how to mend it", (why, mend) => {
    expect(said(why)).toMatch(mend);
    expect(said(why)).toContain(`> \`${why.replaceAll(/\s+/g, " ")}\``);
  });

  it.each(["code-review", "approve-gate", "merge queue", "try the merge again", "draft"])(
    "takes the name of the check %j for no reason",
    (name) => expect(said(`Required status check "${name}" is expected.`)).toMatch(/have to run on Loadline/),
  );

  it("says whether GitHub goes on by itself", () => {
    expect(said("Review required", true)).toMatch(/GitHub merges it by itself/);
    expect(said("Review required")).toMatch(/tries again by itself/);
  });

  it("says nothing of what only takes another try", () => {
    expect(said("Base branch was modified. Review and try the merge again.")).toBeUndefined();
    expect(said("Head branch was modified. Review and try the merge again.")).toBeUndefined();
  });

  it("shows names from outside as text", () => {
    const text = said('Required status check "`</details> @acme/all\u202e" is expected.') ?? "";
    expect(text).toContain('> `` Required status check "`</details> @acme/all" is expected. ``\n');
  });
});
