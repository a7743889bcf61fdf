import type { Dashboard } from "../github/dashboard.ts";
import { sayOnce } from "../github/comments.ts";
import { type Editor, editorsSinceWritten } from "../github/edited-by.ts";
import type { InstalledRepository } from "../github/repository.ts";
import { code } from "../proposals/markdown.ts";
import { tickedIn } from "../proposals/dashboard.ts";
import type { SweepSetup } from "./setup.ts";
import { whyRefused } from "./who-may.ts";

/** Boxes of a dashboard that were ticked, by one of those who edited it since Loadline wrote it. */
export interface Tick {
  /** Of the dashboard's issue. */
  readonly number: number;
  /** A login; `null` where GitHub does not say who it was. */
  readonly by: string | null;
  /** Of the proposals whose boxes are ticked. */
  readonly branches: readonly string[];
  readonly outcome: "done" | "refused";
}

/**
 * Who ticked boxes, and whether they may: it is judged as `/loadline sweep` would be, for everybody who edited the
 * issue since Loadline wrote it, since nobody can tell whose of several edits a tick is. Where one of them may not,
 * or GitHub does not say who it was, nothing is done, and one comment says so; what Loadline then writes has no
 * ticks.
 */
export async function judgeTicks(
  setup: SweepSetup,
  repository: InstalledRepository,
  { number, body }: Dashboard,
): Promise<readonly Tick[]> {
  const branches = [...tickedIn(body)];
  if (branches.length === 0) return [];
  const editors = await editorsSinceWritten(repository, number).catch((error: unknown): Editor[] => {
    setup.log.warn({ err: error, repository: repository.name }, "who ticked boxes could not be asked for");
    return [];
  });
  const refusals: string[] = [];
  for (const { login, isBot } of editors) {
    const refusal = isBot
      ? `${code(login)} is a bot, and nothing is done for bots.`
      : await whyRefused({ setup, repository, issue: number, login }, "sweep");
    if (refusal !== undefined) refusals.push(refusal);
  }
  if (editors.length === 0) refusals.push("GitHub did not say who ticked them; tick them once more.");
  // Who answers bots may talk to one for ever.
  if (refusals.length > 0 && !(editors.length > 0 && editors.every(({ isBot }) => isBot)))
    await sayOnce(repository, number, "ticks", [UNTICKED, ...refusals].join(" ")).catch((error: unknown) => {
      setup.log.warn({ err: error, repository: repository.name }, "why boxes are unticked could not be said");
    });
  const by = editors.length === 0 ? [null] : editors.map(({ login }) => login);
  const outcome = refusals.length > 0 ? "refused" : "done";
  return by.map((login) => ({ number, by: login, branches, outcome }));
}

/** Branches of proposals that come now, since somebody ticked them who may. */
export function obeyed(ticks: readonly Tick[]): ReadonlySet<string> {
  return new Set(ticks.flatMap(({ outcome, branches }) => (outcome === "done" ? branches : [])));
}

const UNTICKED =
  "Boxes were ticked here, and are unticked again, without anything being opened. Ticking counts as that command:";
