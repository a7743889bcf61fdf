import { Refusal, created, notFound, ok, page } from "../answer.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import { emit } from "../events.ts";
import { ZERO } from "../git.ts";
import { mergeWhatIsReady } from "../graphql.ts";
import type { Hub } from "../hub.ts";
import type { Account, CheckRun, Repository } from "../model.ts";
import { checkRun, checkSuite } from "../shapes/check.ts";

interface CheckWish {
  readonly name?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly details_url?: string;
  readonly external_id?: string;
  readonly output?: { title?: string; summary?: string; text?: string };
}

export const checks = [
  repositoryEndpoint("checks/create", async ({ hub, repository, body, doer }) => {
    if (!(await repository.git.commit(body.head_sha)))
      throw new Refusal(422, `No commit found for SHA: ${body.head_sha}`);
    const run: CheckRun = {
      id: hub.nextId(),
      suiteId: suiteOf(hub, repository, body.head_sha),
      headSha: body.head_sha,
      name: body.name,
      status: "queued",
      conclusion: null,
      startedAt: hub.timestamp(),
      completedAt: null,
      detailsUrl: null,
      externalId: "",
      output: { title: null, summary: null, text: null },
    };
    repository.checkRuns.set(run.id, run);
    apply(hub, run, body);
    await announce(hub, repository, run, "created", doer);
    if (run.status === "completed") await announce(hub, repository, run, "completed", doer);
    return created(checkRun(hub, repository, run));
  }),

  repositoryEndpoint("checks/update", async ({ hub, repository, path, body, doer }) => {
    const run = findRun(repository, path.check_run_id);
    const before = run.status;
    apply(hub, run, body);
    if (run.status === "completed" && before !== "completed")
      await announce(hub, repository, run, "completed", doer);
    return ok(checkRun(hub, repository, run));
  }),

  repositoryEndpoint("checks/get", ({ hub, repository, path }) =>
    ok(checkRun(hub, repository, findRun(repository, path.check_run_id))),
  ),

  repositoryEndpoint("checks/list-for-ref", async ({ hub, repository, path, query }) => {
    const sha = await repository.git.commitNamed(path.ref);
    if (!sha) throw new Refusal(422, `No commit found for SHA: ${path.ref}`);
    const runs = [...repository.checkRuns.values()]
      .filter(({ headSha }) => headSha === sha)
      .filter(({ name }) => query.check_name === undefined || name === query.check_name)
      .filter(({ status }) => query.status === undefined || status === query.status);
    // Of runs with the same name only the latest counts, unless all are asked for.
    const shown = query.filter === "all" ? runs : [...new Map(runs.map((run) => [run.name, run])).values()];
    return page(
      shown,
      (run) => checkRun(hub, repository, run),
      (check_runs) => ({ total_count: shown.length, check_runs }),
    );
  }),
];

function findRun(repository: Repository, id: number | bigint): CheckRun {
  const run = repository.checkRuns.get(Number(id));
  if (!run) throw notFound();
  return run;
}

/** The App's runs on one commit form one suite. */
function suiteOf(hub: Hub, repository: Repository, sha: string): number {
  return [...repository.checkRuns.values()].find((run) => run.headSha === sha)?.suiteId ?? hub.nextId();
}

function apply(hub: Hub, run: CheckRun, wish: CheckWish): void {
  if (wish.name !== undefined) run.name = wish.name;
  // A conclusion completes the run; a run can't be completed without one.
  run.status = wish.conclusion === undefined ? (wish.status ?? run.status) : "completed";
  run.conclusion = wish.conclusion ?? (run.status === "completed" ? run.conclusion : null);
  run.startedAt = wish.started_at ?? run.startedAt;
  run.completedAt =
    run.status === "completed" ? (wish.completed_at ?? run.completedAt ?? hub.timestamp()) : null;
  run.detailsUrl = wish.details_url ?? run.detailsUrl;
  run.externalId = wish.external_id ?? run.externalId;
  run.output = { ...run.output, ...wish.output };
}

async function announce(
  hub: Hub,
  repository: Repository,
  run: CheckRun,
  action: "created" | "completed",
  doer: Account,
): Promise<void> {
  const commit = await repository.git.commit(run.headSha);
  if (!commit) return;
  const siblings = [...repository.checkRuns.values()].filter((one) => one.suiteId === run.suiteId);
  const done = siblings.every((one) => one.status === "completed");
  const state = done
    ? {
        status: "completed",
        conclusion: siblings.find((one) => one.conclusion !== "success")?.conclusion ?? "success",
      }
    : { status: "in_progress", conclusion: null };
  const heads = await repository.git.refs("refs/heads/");
  const branch = [...heads].find(([, sha]) => sha === run.headSha)?.[0].slice("refs/heads/".length) ?? null;
  const before = commit.parents[0] ?? ZERO;
  const check_suite = checkSuite(hub, repository, { id: run.suiteId, branch, before, commit }, state);
  emit(hub, repository, "check_run", doer, {
    action,
    check_run: { ...checkRun(hub, repository, run), check_suite },
  });
  if (action !== "completed" || !done) return;
  emit(hub, repository, "check_suite", doer, { action: "completed", check_suite });
  await mergeWhatIsReady(hub, repository, run.headSha);
}
