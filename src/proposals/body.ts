import type { Method, PlannedContainer } from "./evidence.ts";
import { changeTable } from "./sections/changes.ts";
import { effect } from "./sections/effect.ts";
import { decided } from "./sections/evidence.ts";
import { headline } from "./sections/headline.ts";
import { plots } from "./sections/plot.ts";
import { heldBack, proof } from "./sections/proof.ts";

/** GitHub takes 65,536 characters; the marker and a margin are left. */
const LONGEST_BODY = 55_000;

/** What a reviewer reads: what and why first, then the evidence, the proof, what was held. */
export function renderBody(
  changed: readonly PlannedContainer[],
  held: readonly PlannedContainer[],
  method: Method,
): string {
  const sections = [
    headline(changed, method),
    changeTable(changed, method),
    plots(changed),
    decided(changed, method),
    proof(changed),
    effect(changed),
    heldBack(held),
    COMMANDS,
  ];
  const body = sections.filter((section) => section !== "").join("\n\n");
  if (body.length <= LONGEST_BODY) return body;
  const lastLine = Math.max(0, body.lastIndexOf("\n", LONGEST_BODY));
  return `${body.slice(0, lastLine)}\n\n… cut here: the rest did not fit.`;
}

const COMMANDS = [
  "<details><summary>Commands</summary>",
  "",
  "Write one as a comment: `/loadline explain` says how these numbers came about, `/loadline set cpu=250m` proposes another value, `/loadline hold 2w` leaves this as it is, `/loadline ignore` for good, `/loadline help` lists all. Close this pull request to decline it.",
  "",
  "</details>",
].join("\n");
