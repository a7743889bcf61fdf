import { mergeMethod } from "./merge.ts";
import type { InstalledRepository } from "./repository.ts";

/**
 * Lets GitHub merge a pull request by itself once nothing that protects its base holds it up any more, as long as
 * its head is this commit. False where GitHub does not: the repository does not allow it, or nothing is to be waited
 * for.
 */
export async function enableAutoMerge(
  repository: InstalledRepository,
  number: number,
  head: string,
): Promise<boolean> {
  const { client, owner, name: repo } = repository;
  const { data: settings } = await client.rest.repos.get({ owner, repo });
  if (settings.allow_auto_merge !== true) return false;
  const { data: pull } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  try {
    await client.graphql(ENABLE, { pull: pull.node_id, head, how: mergeMethod(settings).toUpperCase() });
    return true;
  } catch (error) {
    // What GitHub says no to, as against a request that failed.
    if (error instanceof Error && error.name === "GraphqlResponseError") return false;
    throw error;
  }
}

/** Takes that back, where it was the App that asked for it: another commit is another proposal. */
export async function stopAutoMerge(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<void> {
  const { data: pull } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  if (pull.auto_merge?.enabled_by.type === "Bot") await client.graphql(DISABLE, { pull: pull.node_id });
}

const ENABLE = `
  mutation ($pull: ID!, $head: GitObjectID!, $how: PullRequestMergeMethod!) {
    enablePullRequestAutoMerge(input: { pullRequestId: $pull, expectedHeadOid: $head, mergeMethod: $how }) {
      pullRequest { number }
    }
  }`;

const DISABLE = `
  mutation ($pull: ID!) {
    disablePullRequestAutoMerge(input: { pullRequestId: $pull }) {
      pullRequest { number }
    }
  }`;
