import { mergedAs, mergePull } from "../github/merge.ts";
import { type InstalledRepository, statusOf } from "../github/repository.ts";
import { code } from "../proposals/markdown.ts";
import { isHeld } from "../github/publish.ts";
import { NEEDS_PULL, type OrderContext } from "./order.ts";

/** Merges now, where checks and the branch's protection allow it. */
export async function merge({ pull, repository, issue, setup }: OrderContext): Promise<string> {
  if (!pull) return await mergedAlready(repository, issue);
  if (isHeld(pull.marker, setup.now())) return "This pull request is on hold; `/loadline hold 1s` ends that.";
  const result = await mergePull(repository, pull.number, pull.head);
  switch (result.outcome) {
    case "merged":
      return mergedAnswer(result.commit);
    case "waiting":
      return `Not merged: these checks are under way: ${listed(result.checks)}. Ask again when they are done.`;
    case "failing":
      return `Not merged: these checks fail: ${listed(result.checks)}.`;
    case "refused":
      return `Not merged: GitHub says ${code(result.why)}.`;
  }
}

/** The order may have been obeyed before, by a process that died before it could answer. */
async function mergedAlready(repository: InstalledRepository, issue: number): Promise<string> {
  const commit = await mergedAs(repository, issue).catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  });
  return commit === undefined ? NEEDS_PULL : mergedAnswer(commit);
}

function mergedAnswer(commit: string): string {
  return `Merged as ${commit.slice(0, 10)}.`;
}

/** Names from outside, a few of them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(code).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
