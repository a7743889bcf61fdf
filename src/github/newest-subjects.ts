import type { InstalledRepository } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

const LOOKED_AT = 30;

const known = new WeakMap<Snapshot, Promise<readonly string[]>>();

/** The first lines of the newest commits of a snapshot, newest first: one request, however often it is asked. */
export async function newestSubjects(
  { client, owner, name: repo }: InstalledRepository,
  snapshot: Snapshot,
): Promise<readonly string[]> {
  const read = async (): Promise<readonly string[]> => {
    const { data } = await client.rest.repos.listCommits({
      owner,
      repo,
      sha: snapshot.commit,
      per_page: LOOKED_AT,
    });
    return data.map(({ commit }) => commit.message.split("\n", 1)[0] ?? "");
  };
  const subjects = known.get(snapshot) ?? read();
  known.set(snapshot, subjects);
  return await subjects;
}
