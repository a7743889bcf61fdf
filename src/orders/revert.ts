import { mergeOf } from "../github/merged-pulls.ts";
import { takeBack } from "../github/take-back.ts";
import { code } from "../proposals/markdown.ts";
import { readMarker } from "../proposals/marker.ts";
import type { OrderContext } from "./order.ts";

/** A pull request that takes a merged one back; until values differ much, they are not proposed again. */
export async function revert({ repository, issue, pull, login }: OrderContext): Promise<string> {
  if (pull) return "This pull request is not merged, so there is nothing to take back: close it instead.";
  const merged = await mergeOf(repository, issue);
  const marker = readMarker(merged?.body ?? "");
  if (!merged || !marker) return "Only a merged pull request of Loadline's can be taken back so.";
  const taken = await takeBack(repository, {
    number: issue,
    title: merged.title,
    branch: merged.branch,
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
