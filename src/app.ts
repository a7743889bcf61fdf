import type { ApplicationFunction, Probot } from "probot";
import type { Decision } from "./audit/entry.ts";
import { parseCommands } from "./commands/parse.ts";
import { stopAutoMerge } from "./github/auto-merge.ts";
import { isOurBranch, isOurs } from "./github/pulls.ts";
import { installedRepository } from "./github/repository.ts";
import { mergeApproved } from "./orders/approve.ts";
import type { Attendant } from "./orders/attend.ts";
import { readMarker } from "./proposals/marker.ts";
import type { Sweeper } from "./sweep/sweeper.ts";
import { auditOf, evidenceIn } from "./sweep/audit.ts";
import { checkOthers } from "./sweep/checks/check-others.ts";
import { type Checker, createChecker } from "./sweep/checks/checker.ts";
import { isTicked } from "./sweep/dashboard.ts";
import type { SweepSetup } from "./sweep/setup.ts";
import type { Telemetry } from "./telemetry.ts";

export interface AppParts {
  readonly setup: SweepSetup;
  readonly sweeper: Sweeper;
  readonly telemetry: Telemetry;
  readonly attend: Attendant;
  /** Of a pull request of Loadline's. */
  readonly check: Checker;
  /** Work that goes on after the webhook was answered; GitHub waits ten seconds at the most. */
  readonly later: (work: () => Promise<unknown>) => void;
}

/** The GitHub App: webhooks in, sweeps and answers out. Every effect may be repeated without harm. */
export function loadlineApp({
  setup,
  sweeper,
  telemetry,
  attend,
  check,
  later,
}: AppParts): ApplicationFunction {
  const configured = new Set(setup.config.repositories.map(({ name }) => name.toLowerCase()));
  const checkOther = createChecker(sweeper, async (...due) => await checkOthers(setup, ...due));
  const audit = auditOf(setup);
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
      const { pull_request: pull, repository, sender } = payload;
      const { number, merged } = pull;
      setup.log.info({ repository: repository.full_name, number, merged }, "pull request closed");
      // What a sweep closes, it tells itself.
      const decided = merged || sender.type !== "Bot";
      if (!decided || !known(repository.full_name) || !isOurs(pull)) return;
      const decision: Decision = {
        actor: sender.login,
        action: merged ? "merged" : "closed",
        command: null,
        repository: repository.full_name,
        number,
        ...evidenceIn(pull.body ?? ""),
        outcome: "done",
      };
      later(async () => await audit(decision));
    });

    app.on(
      ["pull_request.opened", "pull_request.synchronize", "pull_request.reopened", "pull_request.edited"],
      ({ payload }) => {
        const { pull_request: pull, repository } = payload;
        const { full_name: name } = repository;
        if (!known(name)) return;
        const ours = isOurs(pull);
        if (!ours && setup.config.checks === "all" && hasOtherFiles(payload))
          later(async () => await checkOther(name, pull.number));
        if (ours && isProposedAnew(payload)) later(async () => await check(name, pull.number));
      },
    );

    app.on("pull_request.synchronize", ({ payload: { pull_request: pull, repository } }) => {
      const ours = isOurs(pull);
      // What was approved was another commit.
      if (!ours || pull.auto_merge === null || !known(repository.full_name)) return;
      later(async () => {
        const installed = await installedRepository(setup.app, setup.baseUrl, repository.full_name);
        await stopAutoMerge(installed, pull.number);
      });
    });

    app.on("check_suite.completed", ({ payload }) => {
      const { check_suite: suite, repository } = payload;
      if (!known(repository.full_name) || !isOurBranch(suite.head_branch ?? "")) return;
      later(async () => {
        const installed = await installedRepository(setup.app, setup.baseUrl, repository.full_name);
        await mergeApproved(setup, installed);
      });
    });

    app.on("issues.edited", ({ payload: { issue, repository, sender } }) => {
      if (sender.type === "Bot" || issue.user?.type !== "Bot" || !known(repository.full_name)) return;
      if (setup.config.dashboard && isTicked(issue.body ?? ""))
        later(async () => await sweeper.sweep([repository.full_name]));
    });

    app.on("issue_comment.created", ({ payload }) => {
      const { comment, issue, repository, sender } = payload;
      const commands = parseCommands(comment.body);
      if (sender.type === "Bot" || commands.length === 0 || !known(repository.full_name)) return;
      const asked = { issue: issue.number, comment: comment.id, login: sender.login, commands };
      later(async () => await attend(repository.full_name, asked));
    });
  };
}

/** Who edits title and body changes no file; another base may be another change. */
function hasOtherFiles(payload: { readonly action: string; readonly changes?: object }): boolean {
  return payload.action !== "edited" || (payload.changes !== undefined && "base" in payload.changes);
}

/** Who edits a body may say something else in it; only other proposals are judged anew. */
function isProposedAnew(payload: {
  readonly action: string;
  readonly changes?: { readonly body?: { readonly from: string } };
  readonly pull_request: { readonly body: string | null };
}): boolean {
  if (payload.action !== "edited") return true;
  const [before, now] = [payload.changes?.body?.from ?? "", payload.pull_request.body ?? ""].map(readMarker);
  return payload.changes?.body !== undefined && before?.fingerprint !== now?.fingerprint;
}
