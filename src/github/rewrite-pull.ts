import pLimit, { type LimitFunction } from "p-limit";
import { type Marker, readMarker, type Said, withMarker } from "../proposals/marker.ts";
import type { InstalledRepository } from "./repository.ts";

/** What becomes of a pull request; left out, it stays as it is. */
interface Rewritten {
  readonly title?: string;
  readonly body: string;
}

const turns = new Map<string, LimitFunction>();

/**
 * Writes the body of a pull request anew from what it says now, for a person may have said something to it since
 * it was read: the hidden marker keeps that, and nothing of it may get lost. One after the other.
 */
export async function rewritePull(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
  rewrite: (body: string, marker: Marker | undefined) => Rewritten,
): Promise<void> {
  const key = `${owner}/${repo}#${number}`.toLowerCase();
  const turn = turns.get(key) ?? pLimit(1);
  turns.set(key, turn);
  await turn(async () => {
    const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
    const body = data.body ?? "";
    await client.rest.pulls.update({ owner, repo, pull_number: number, ...rewrite(body, readMarker(body)) });
  });
  if (turn.activeCount + turn.pendingCount === 0) turns.delete(key);
}

/** What the marker of a pull request says at this moment. */
export async function markerNow(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<Marker | undefined> {
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  return readMarker(data.body ?? "");
}

/** Changes what people said to a pull request, and nothing else of it. */
export async function changeSaid(
  repository: InstalledRepository,
  number: number,
  change: (said: Said) => Said,
): Promise<void> {
  await rewritePull(repository, number, (body, marker) => {
    if (!marker) throw new Error(`#${number} has lost its hidden marker, which holds what was said to it`);
    return { body: withMarker(body, { ...marker, said: change(marker.said ?? {}) }) };
  });
}
