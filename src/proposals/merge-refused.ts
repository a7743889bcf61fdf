import { code } from "./markdown.ts";

/** What people read where GitHub does not let a pull request be merged that the policy wants merged. */
export interface MergeRefused {
  /** As GitHub says it. */
  readonly why: string;
  /** GitHub merges it by itself once nothing stands in the way any more. */
  readonly isLeftToGitHub: boolean;
}

/** Why it is not merged, and how to mend it; `undefined` where it only takes another try. */
export function mergeRefused({ why, isLeftToGitHub }: MergeRefused): string | undefined {
  const said = why.replaceAll(/\s+/g, " ").trim();
  // Whoever may write names checks as they like.
  const unnamed = said.replaceAll(/"[^"]*"/g, "");
  const mend = MENDED_BY.find(([sign]) => sign.test(unnamed))?.[1] ?? BY_THE_RULES;
  if (mend === "") return undefined;
  const next = isLeftToGitHub
    ? "GitHub merges it by itself as soon as nothing stands in the way any more; `/loadline hold` takes that back."
    : "Loadline tries again by itself, and says nothing more here unless the reason becomes another one.";
  return [
    // What stays true, once it is merged after all.
    "**GitHub refused to merge this.** The policy merges it by itself (`mode: auto`), but GitHub said:",
    "",
    `> ${code(said.slice(0, LONGEST).toWellFormed())}`,
    "",
    `${mend} ${next}`,
  ].join("\n");
}

const LONGEST = 1000;

const BY_THE_RULES =
  "What protects the base decides who may merge there, and when: a person who may can merge it, or the App can be let in its rules.";

/** By words of GitHub's, the most telling first. */
const MENDED_BY: readonly (readonly [RegExp, string])[] = [
  [/base branch was modified|try the merge again/i, ""],
  [
    /merge queue/i,
    "Somebody who may write has to add it to the queue; or allow auto-merge in the repository's settings, and GitHub queues what Loadline hands over.",
  ],
  [
    /review|approv/i,
    "It needs that approval, which no App can give itself: somebody approves it, or the rules of the branch let the App merge without one.",
  ],
  [
    /status check|required check|is expected|in progress/i,
    "These checks have to run on Loadline's branches, which begin with `loadline/`: one that a workflow only starts for other branches or paths never reports. Where Loadline runs with a workflow's own token, GitHub starts no workflows for what it pushes: use an App.",
  ],
  [/conversation/i, "Somebody has to resolve the conversations in it."],
  [/draft/i, "Somebody made it a draft; it waits until it is ready for review again."],
  [
    /not mergeable|conflict/i,
    "It conflicts with its base, or GitHub does not know yet: the next sweep brings it up to date; where people have committed to it, `/loadline rebase` does.",
  ],
];
