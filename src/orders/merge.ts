import { mergePull } from "../github/merge.ts";
import { code } from "../proposals/markdown.ts";
import { isHeld } from "../github/publish.ts";
import { NEEDS_PULL, type OrderContext } from "./order.ts";

/** Merges now, where checks and the branch's protection allow it. */
export async function merge({ pull, repository, setup }: OrderContext): Promise<string> {
  if (!pull) return NEEDS_PULL;
  if (isHeld(pull.marker, setup.now())) return "This pull request is on hold; `/loadline hold 1s` ends that.";
  const result = await mergePull(repository, pull.number, pull.head);
  switch (result.outcome) {
    case "merged":
      return `Merged as ${result.commit.slice(0, 10)}.`;
    case "waiting":
      return `Not merged: these checks are under way: ${listed(result.checks)}. Ask again when they are done.`;
    case "failing":
      return `Not merged: these checks fail: ${listed(result.checks)}.`;
    case "refused":
      return `Not merged: GitHub says ${code(result.why)}.`;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(code).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
