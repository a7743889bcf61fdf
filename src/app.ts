import type { Logger } from "pino";
import type { ApplicationFunction, Probot } from "probot";
import { explainAnswer, helpAnswer, notAllowedAnswer, unknownAnswer } from "./commands/answers.ts";
import { type Command, parseCommands } from "./commands/parse.ts";
import { code } from "./proposals/markdown.ts";
import { answer, mayWrite, react } from "./github/comments.ts";
import { type InstalledRepository, installedRepository } from "./github/repository.ts";
import { methodOf } from "./sweep/policy.ts";
import type { Sweeper } from "./sweep/sweeper.ts";
import type { SweepSetup } from "./sweep/sweep.ts";
import type { Telemetry } from "./telemetry.ts";

export interface AppParts {
  readonly setup: SweepSetup;
  readonly sweeper: Sweeper;
  readonly telemetry: Telemetry;
  /** Work that goes on after the webhook was answered; GitHub waits ten seconds at the most. */
  readonly later: (work: () => Promise<unknown>) => void;
}

interface Asked {
  readonly issue: number;
  readonly comment: number;
  readonly login: string;
  readonly commands: readonly Command[];
}

/** The GitHub App: webhooks in, sweeps and answers out. Every effect may be repeated without harm. */
export function loadlineApp({ setup, sweeper, telemetry, later }: AppParts): ApplicationFunction {
  const configured = new Set(setup.config.repositories.map(({ name }) => name.toLowerCase()));
  const known = (name: string): boolean => configured.has(name.toLowerCase());

  return (app: Probot) => {
    app.onAny(({ name }) => telemetry.webhooks.inc({ event: name }));

    app.on(["installation.created", "installation_repositories.added"], ({ payload }) => {
      const added =
        "repositories_added" in payload ? payload.repositories_added : (payload.repositories ?? []);
      const names = added.map((repository) => repository.full_name).filter(known);
      if (names.length > 0) later(async () => await sweeper.sweep(names));
    });

    app.on("push", ({ payload }) => {
      const { repository, ref } = payload;
      if (known(repository.full_name) && ref === `refs/heads/${repository.default_branch}`)
        later(async () => await sweeper.sweep([repository.full_name]));
    });

    app.on("pull_request.closed", ({ payload }) => {
      const { pull_request: pull, repository } = payload;
      setup.log.info(
        { repository: repository.full_name, number: pull.number, merged: pull.merged },
        "pull request closed",
      );
    });

    app.on("issue_comment.created", ({ payload }) => {
      const { comment, issue, repository, sender } = payload;
      const commands = parseCommands(comment.body);
      if (sender.type === "Bot" || commands.length === 0 || !known(repository.full_name)) return;
      later(async () => {
        const installed = await installedRepository(setup.app, setup.baseUrl, repository.full_name);
        await obey(installed, { issue: issue.number, comment: comment.id, login: sender.login, commands });
      });
    });
  };

  async function obey(repository: InstalledRepository, asked: Asked): Promise<void> {
    await react(repository, asked.comment);
    const allowed = await mayWrite(repository, asked.login);
    const answers: string[] = [];
    for (const command of asked.commands) {
      telemetry.commands.inc({ command: command.name });
      answers.push(await resultOf(command, repository, asked, allowed, setup.log));
    }
    await answer(repository, asked.issue, asked.comment, answers.join("\n\n---\n\n"));
  }

  async function resultOf(
    command: Command,
    repository: InstalledRepository,
    asked: Asked,
    allowed: boolean,
    log: Logger,
  ): Promise<string> {
    if (command.name === "help") return helpAnswer();
    if (command.name === "unknown") return unknownAnswer(command);
    if (!allowed) return notAllowedAnswer(asked.login);
    try {
      return command.name === "explain" ? await explain(repository, asked.issue) : await refresh(repository);
    } catch (error) {
      log.error({ err: error }, "a command failed");
      return `That did not work: ${code(error instanceof Error ? error.message : String(error))}`;
    }
  }

  async function explain({ client, owner, name }: InstalledRepository, number: number): Promise<string> {
    const pull = await client.rest.pulls.get({ owner, repo: name, pull_number: number });
    const { proposals } = await sweeper.plan();
    const here = `${owner}/${name}`.toLowerCase();
    const proposal = proposals.find(
      ({ repository, branch }) => repository.toLowerCase() === here && branch === pull.data.head.ref,
    );
    return explainAnswer(proposal?.containers ?? [], methodOf(setup.config.policy));
  }

  async function refresh({ owner, name }: InstalledRepository): Promise<string> {
    const { repositories, failures } = await sweeper.sweep([`${owner}/${name}`]);
    const lines = repositories.flatMap(({ published }) =>
      published.map(({ outcome, number, proposal }) => `- #${number} ${code(proposal.title)}: ${outcome}`),
    );
    const failed = failures.map((failure) => `- failed: ${code(failure)}`);
    return [
      "Measured again.",
      ...(lines.length > 0 ? lines : ["Nothing is to be proposed."]),
      ...failed,
    ].join("\n");
  }
}
