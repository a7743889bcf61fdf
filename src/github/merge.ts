import { type InstalledRepository, statusOf } from "./repository.ts";

/** What came of trying to merge. */
export type Merge =
  | { readonly outcome: "merged"; readonly commit: string }
  | { readonly outcome: "waiting"; readonly checks: readonly string[] }
  | { readonly outcome: "failing"; readonly checks: readonly string[] }
  | { readonly outcome: "refused"; readonly why: string };

/**
 * Merges a pull request at the commit that was looked at, by the first method that the repository allows, once
 * all its checks have passed. Whatever protects the branch binds the App as it binds everybody.
 */
export async function mergePull(
  repository: InstalledRepository,
  number: number,
  head: string,
): Promise<Merge> {
  const { client, owner, name: repo } = repository;
  const { waiting, failing } = await checksOf(repository, head);
  if (failing.length > 0) return { outcome: "failing", checks: failing };
  if (waiting.length > 0) return { outcome: "waiting", checks: waiting };
  const { data: settings } = await client.rest.repos.get({ owner, repo });
  try {
    const { data } = await client.rest.pulls.merge({
      owner,
      repo,
      pull_number: number,
      sha: head,
      merge_method: mergeMethod(settings),
    });
    return { outcome: "merged", commit: data.sha };
  } catch (error) {
    // 405: not mergeable, or protected; 409: somebody pushed in between.
    if (![405, 409].includes(statusOf(error) ?? 0)) throw error;
    const commit = await mergedAs(repository, number);
    if (commit !== undefined) return { outcome: "merged", commit };
    return { outcome: "refused", why: error instanceof Error ? error.message : "GitHub refused" };
  }
}

/** The commit as which a pull request was merged, perhaps by a request whose answer was lost. */
export async function mergedAs(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<string | undefined> {
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  return data.merged ? (data.merge_commit_sha ?? undefined) : undefined;
}

/** The first that the repository allows. */
export function mergeMethod(settings: {
  readonly allow_squash_merge?: boolean;
  readonly allow_merge_commit?: boolean;
}): "squash" | "rebase" | "merge" {
  if (settings.allow_squash_merge) return "squash";
  return settings.allow_merge_commit === false ? "rebase" : "merge";
}

interface Checks {
  readonly waiting: readonly string[];
  readonly failing: readonly string[];
}

const PASSED = new Set(["success", "neutral", "skipped"]);

async function checksOf({ client, owner, name: repo }: InstalledRepository, ref: string): Promise<Checks> {
  const runs = await client.paginate(client.rest.checks.listForRef, { owner, repo, ref, per_page: 100 });
  const { data: combined } = await client.rest.repos.getCombinedStatusForRef({ owner, repo, ref });
  const statuses = combined.statuses.map(({ context, state }) => ({
    name: context,
    done: state !== "pending",
    passed: state === "success",
  }));
  const all = runs
    .map(({ name, status, conclusion }) => ({
      name,
      done: status === "completed",
      passed: PASSED.has(conclusion ?? ""),
    }))
    .concat(statuses);
  return {
    waiting: all.filter(({ done }) => !done).map(({ name }) => name),
    failing: all.filter(({ done, passed }) => done && !passed).map(({ name }) => name),
  };
}
