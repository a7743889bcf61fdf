import { code, plain, prose } from "./markdown.ts";

/** What a dashboard tells of a repository. */
export interface DashboardState {
  /** Pull requests that are open. */
  readonly open: readonly { readonly number: number; readonly title: string; readonly outcome: string }[];
  /** What comes when limits and windows allow. */
  readonly waiting: readonly Offered[];
  /** What people closed. */
  readonly declined: readonly Offered[];
  /** What waits for something else, and for what. */
  readonly held: readonly { readonly of: string; readonly why: string }[];
}

interface Offered {
  readonly branch: string;
  readonly title: string;
}

const ROWS_SHOWN = 100;

/** The text of the issue; a box that is ticked in it is told by {@link tickedIn}. */
export function renderDashboard({ open, waiting, declined, held }: DashboardState): string {
  return [
    "What Loadline has to say of this repository. Each sweep brings it up to date.",
    ...section(
      "Open",
      open.map(({ number, title, outcome }) => `- #${number} ${text(title)}${note(outcome)}`),
    ),
    ...section("Waiting for room within the limits; tick one to open it now", waiting.map(box)),
    ...section("Declined; tick one to offer it again", declined.map(box)),
    ...section(
      "Held",
      held.map(({ of, why }) => `- ${code(of)}: ${prose(why)}`),
    ),
    ...(open.length + waiting.length + declined.length + held.length === 0
      ? ["There is nothing to propose."]
      : []),
  ].join("\n\n");
}

const TICKED = /^\s*- \[[xX]\] <!-- (loadline\/[\w./-]+) -->/gm;

/** Branches of the proposals whose boxes are ticked. */
export function tickedIn(body: string): ReadonlySet<string> {
  return new Set([...body.matchAll(TICKED)].flatMap(([, branch]) => branch ?? []));
}

function box({ branch, title }: Offered): string {
  return `- [ ] <!-- ${branch} --> ${text(title)}`;
}

function section(heading: string, rows: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const rest = rows.length - ROWS_SHOWN;
  const shown = [...rows.slice(0, ROWS_SHOWN), ...(rest > 0 ? [`- and ${rest} more`] : [])];
  return [`### ${heading}`, shown.join("\n")];
}

function text(title: string): string {
  return prose(plain(title)).slice(0, 400).toWellFormed();
}

/** What is as it should be needs no word. */
function note(outcome: string): string {
  return outcome === "held" || outcome === "hands-off" ? ` (${outcome})` : "";
}
