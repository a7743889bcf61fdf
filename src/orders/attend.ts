import pLimit, { type LimitFunction } from "p-limit";
import type { AuditLog } from "../audit/entry.ts";
import { commandText } from "../commands/as-text.ts";
import type { Command } from "../commands/parse.ts";
import { answer, isAnswered, react } from "../github/comments.ts";
import { inWords } from "../github/in-words.ts";
import { openPulls } from "../github/pulls.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import { code } from "../proposals/markdown.ts";
import { auditOf, evidenceIn } from "../sweep/audit.ts";
import { inTurn } from "../sweep/in-turn.ts";
import type { SweepSetup } from "../sweep/setup.ts";
import type { Sweeper } from "../sweep/sweeper.ts";
import type { Trials } from "../sweep/trials/trials.ts";
import { whyRefused } from "../sweep/who-may.ts";
import type { Telemetry } from "../telemetry.ts";
import { obey } from "./obey.ts";
import { fullName, type OrderContext } from "./order.ts";

/** A comment that orders something. */
export interface Asked {
  readonly issue: number;
  readonly comment: number;
  readonly login: string;
  readonly commands: readonly Command[];
}

/** Obeys the commands of a comment and answers, once: told of it again, it does nothing. */
export type Attendant = (repository: string, asked: Asked) => Promise<void>;

export interface AttendantParts {
  readonly setup: SweepSetup;
  readonly sweeper: Sweeper;
  readonly trials: Trials;
  readonly telemetry: Telemetry;
}

/** 👀 at once; what is ordered in a repository is then done in the order in which it was heard. */
export function createAttendant(parts: AttendantParts): Attendant {
  const { app, baseUrl } = parts.setup;
  const audit = auditOf(parts.setup);
  const turns = new Map<string, LimitFunction>();
  const underWay = new Set<number>();
  const turnOf = (name: string): LimitFunction => {
    const key = name.toLowerCase();
    const turn = turns.get(key) ?? pLimit(1);
    turns.set(key, turn);
    return turn;
  };
  return async (name, asked) => {
    if (underWay.has(asked.comment)) return;
    underWay.add(asked.comment);
    try {
      const repository = await installedRepository(app, baseUrl, name);
      await react(repository, asked.comment);
      await turnOf(name)(async () => {
        await inTurn(parts.setup, `${name} commands`, async () => {
          if (await isAnswered(repository, asked.issue, asked.comment)) return;
          await attend(parts, audit, repository, asked);
        });
      });
    } finally {
      underWay.delete(asked.comment);
    }
  };
}

async function attend(
  { setup, sweeper, trials, telemetry }: AttendantParts,
  audit: AuditLog,
  repository: InstalledRepository,
  { issue, comment, login, commands }: Asked,
): Promise<void> {
  const answers: string[] = [];
  for (const [index, command] of commands.entries()) {
    telemetry.commands.inc({ command: command.name });
    // Read for each anew: the one before may have changed it.
    const pull = (await openPulls(repository)).find(({ number }) => number === issue);
    const order = { comment, index };
    const told = await resultOf({ setup, sweeper, trials, repository, pull, issue, login, order }, command);
    answers.push(told.answer);
    await audit({
      actor: login,
      action: "command",
      command: commandText(command),
      repository: fullName(repository),
      number: issue,
      ...evidenceIn(pull?.body ?? ""),
      outcome: told.outcome,
    });
  }
  await answer(repository, issue, comment, answers.join("\n\n---\n\n"));
}

interface Told {
  readonly answer: string;
  readonly outcome: "done" | "refused" | "failed";
}

async function resultOf(context: OrderContext, command: Command): Promise<Told> {
  const { name } = command;
  const forAnybody = name === "help" || name === "unknown" || name === "malformed";
  const refused = forAnybody ? undefined : await whyRefused(context, name);
  if (refused !== undefined) return { answer: refused, outcome: "refused" };
  try {
    return { answer: await obey(context, command), outcome: "done" };
  } catch (error) {
    context.setup.log.error({ err: error }, "a command failed");
    return { answer: `That did not work: ${code(inWords(error))}`, outcome: "failed" };
  }
}
