import { tickedIn } from "../proposals/dashboard.ts";
import { lookAgain } from "./look-again.ts";
import { findOwnIssue, openOwnIssue, type OwnIssue, type OwnIssueKind } from "./own-issue.ts";
import type { InstalledRepository } from "./repository.ts";

export const DASHBOARD: OwnIssueKind = {
  label: "loadline-dashboard",
  marker: "<!-- loadline dashboard -->",
  title: "Loadline dashboard",
};
/** It was closed by Loadline, and not by a person. */
const OVER = "<!-- loadline: over -->";

export function isDashboard(body: string): boolean {
  return body.includes(DASHBOARD.marker);
}

/** The issue, with what people ticked in it. */
export type Dashboard = Pick<OwnIssue, "number" | "body">;

/** As it was seen; as it is now where a box is ticked, which is an order. `undefined` where there is none, or a closed one. */
export async function readDashboard(
  repository: InstalledRepository,
  seen: OwnIssue | undefined,
): Promise<OwnIssue | undefined> {
  const isOrder = seen?.state === "open" && tickedIn(seen.body).size > 0;
  const known = isOrder ? await findOwnIssue(repository, DASHBOARD) : seen;
  return known?.state === "open" ? known : undefined;
}

/**
 * One issue for each repository, edited only where it says something else than when it was seen. Closed by a person it
 * stays closed; with a box that was ticked since it is left for the sweep that hears of it; where issues are switched
 * off, nothing is said.
 */
export async function writeDashboard(
  repository: InstalledRepository,
  seen: OwnIssue | undefined,
  text: string,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  const body = `${text}\n\n${DASHBOARD.marker}`;
  if (!isToWrite(seen, body)) return;
  const heard = tickedIn(seen?.body ?? "");
  await lookAgain(async () => {
    const known = await findOwnIssue(repository, DASHBOARD);
    if (!known) await openOwnIssue(repository, DASHBOARD, body);
    else if (isToWrite(known, body) && tickedIn(known.body).isSubsetOf(heard))
      await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "open" });
  });
}

/** Closes it, where it was seen open. */
export async function closeDashboard(
  repository: InstalledRepository,
  seen: OwnIssue | undefined,
): Promise<void> {
  const known = seen?.state === "open" ? await findOwnIssue(repository, DASHBOARD) : undefined;
  if (known?.state !== "open") return;
  const { client, owner, name: repo } = repository;
  const body = `The dashboard is switched off.\n\n${DASHBOARD.marker}\n${OVER}`;
  await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "closed" });
}

function isToWrite(known: OwnIssue | undefined, body: string): boolean {
  if (!known) return true;
  return (known.state === "open" || known.body.includes(OVER)) && plain(known.body) !== body;
}

/** As browsers send it, its lines end otherwise. */
function plain(body: string): string {
  return body.replaceAll("\r\n", "\n");
}
