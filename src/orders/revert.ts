import { isOurBranch } from "../github/pulls.ts";
import { takeBack } from "../github/take-back.ts";
import { code } from "../proposals/markdown.ts";
import { readMarker } from "../proposals/marker.ts";
import type { OrderContext } from "./order.ts";

/** A pull request that takes a merged one back; until values differ much, they are not proposed again. */
export async function revert({ repository, issue, pull, login }: OrderContext): Promise<string> {
  if (pull) return "This pull request is not merged, so there is nothing to take back: close it instead.";
  const { client, owner, name: repo } = repository;
  const { data: merged } = await client.rest.pulls.get({ owner, repo, pull_number: issue });
  const marker = readMarker(merged.body ?? "");
  if (!merged.merged || !isOurBranch(merged.head.ref) || !marker)
    return "Only a merged pull request of Loadline's can be taken back so.";
  const taken = await takeBack(repository, {
    number: issue,
    title: merged.title,
    branch: merged.head.ref,
    marker,
    why: [
      `Takes back #${issue}, as ${code(login)} asked: the lines are as they were before it, and nothing else changes.`,
      "",
      "While this is open or merged, about the same values are not proposed again.",
    ],
  });
  return taken === "changed"
    ? "The same lines have changed since, so they can't be put back as they were: edit them by hand."
    : `#${taken.number} takes it back.`;
}
