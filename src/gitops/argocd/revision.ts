import { shownName } from "../render/message.ts";
import { refuse } from "../refusal.ts";

const COMMIT = /^[0-9a-f]{40}$/i;
/** Also a range, which picks a tag. */
const TAG = /^(?:refs\/tags\/.*|[<>=^~!].*|v?\d+\.[\dx*][\w.*+-]*|\*)$/i;

/** Refuses what is not a branch: an edit of a branch would never reach a tag or a commit. */
export function requireBranch(revision: string | number | null | undefined): void {
  const name = String(revision ?? "");
  if (COMMIT.test(name) || TAG.test(name))
    refuse(
      "pinned-revision",
      `the source is pinned to ${shownName(name)}: a change of the branch does not reach it until that is moved`,
    );
}
