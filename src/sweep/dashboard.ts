import type { PublishResult } from "../github/publish.ts";
import { isDashboard } from "../github/dashboard.ts";
import { type DashboardState, tickedIn } from "../proposals/dashboard.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { nameOf } from "../proposals/sections/words.ts";

const WAITS = new Set(["waits-for-environment", "feeds-environments"]);

/** What came of a repository's proposals, and which of its containers wait for others. */
export function dashboardOf(
  { published, waiting, held }: PublishResult,
  containers: readonly PlannedContainer[],
): DashboardState {
  const declined = published.filter(({ outcome }) => outcome === "declined");
  const waits = containers.flatMap((one) => {
    const hold = one.held.find(({ code }) => WAITS.has(code));
    return hold ? [{ of: nameOf(one), why: hold.message }] : [];
  });
  return {
    open: published
      .filter(({ outcome }) => outcome !== "declined")
      .map(({ number, proposal: { title }, outcome }) => ({ number, title, outcome }))
      .toSorted((a, b) => a.number - b.number),
    waiting,
    declined: declined.map(({ proposal }) => proposal),
    held: [...held.map(({ proposal, reason }) => ({ of: proposal.title, why: reason.message })), ...waits],
  };
}

/** Whether an issue is a dashboard, and somebody ticked a box of it. */
export function isTicked(body: string): boolean {
  return isDashboard(body) && tickedIn(body).size > 0;
}
