import { lookAgain } from "./look-again.ts";
import { findOwnIssue, openOwnIssue, type OwnIssue } from "./own-issue.ts";
import type { InstalledRepository } from "./repository.ts";

/** By which it is found again, whatever its title. */
const LABEL = "loadline-dashboard";
const TITLE = "Loadline dashboard";
const MARKER = "<!-- loadline dashboard -->";
/** It was closed by Loadline, and not by a person. */
const OVER = "<!-- loadline: over -->";

export function isDashboard(body: string): boolean {
  return body.includes(MARKER);
}

/** The issue, with what people ticked in it. */
export type Dashboard = Pick<OwnIssue, "number" | "body">;

/** `undefined` where there is none, or where it is closed. */
export async function readDashboard(repository: InstalledRepository): Promise<Dashboard | undefined> {
  const known = await find(repository);
  return known?.state === "open" ? known : undefined;
}

/**
 * One issue for each repository, edited only where it says something else. Closed by a person it stays closed; where
 * issues are switched off, nothing is said.
 */
export async function writeDashboard(repository: InstalledRepository, text: string): Promise<void> {
  const { client, owner, name: repo } = repository;
  const body = `${text}\n\n${MARKER}`;
  await lookAgain(async () => {
    const known = await find(repository);
    if (!known) await openOwnIssue(repository, TITLE, LABEL, body);
    else if ((known.state === "open" || known.body.includes(OVER)) && plain(known.body) !== body)
      await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "open" });
  });
}

/** Closes it, where it is open. */
export async function closeDashboard(repository: InstalledRepository): Promise<void> {
  const { client, owner, name: repo } = repository;
  const known = await find(repository);
  if (known?.state !== "open") return;
  const body = `The dashboard is switched off.\n\n${MARKER}\n${OVER}`;
  await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "closed" });
}

async function find(repository: InstalledRepository): Promise<OwnIssue | undefined> {
  return await findOwnIssue(repository, LABEL, MARKER);
}

/** As browsers send it, its lines end otherwise. */
function plain(body: string): string {
  return body.replaceAll("\r\n", "\n");
}
