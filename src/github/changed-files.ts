import type { InstalledRepository } from "./repository.ts";

/** What a branch changes since it left another, and what the other changed in these files since. */
export interface BranchChange {
  /** Files as they are on the branch, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that the branch removed or renamed. */
  readonly gone: readonly string[];
  /** Files of the branch that the other one has changed too since the branch left it. */
  readonly moved: readonly string[];
  /** There may be more than GitHub lists. */
  readonly cut: boolean;
}

/** As many files as GitHub's comparison of two commits lists. */
const MOST_FILES = 300;

/** Compares two commits, and reads what the second changed: one blob a file. */
export async function changedFiles(
  repository: InstalledRepository,
  base: string,
  head: string,
): Promise<BranchChange> {
  const { client, owner, name: repo } = repository;
  const ours = await compare(repository, base, head);
  const theirs = ours.fork === base ? undefined : await compare(repository, ours.fork, base);
  const names = new Set(ours.files.flatMap(({ filename, previous }) => [filename, ...previous]));
  const texts = new Map<string, string>();
  for (const { filename, sha, removed } of ours.files) {
    if (removed || sha === null) continue;
    const { data } = await client.rest.git.getBlob({ owner, repo, file_sha: sha });
    texts.set(filename, Buffer.from(data.content, "base64").toString());
  }
  return {
    texts,
    gone: ours.files.flatMap(({ filename, removed, previous }) => (removed ? [filename] : previous)),
    moved: theirs ? theirs.files.map(({ filename }) => filename).filter((file) => names.has(file)) : [],
    cut: [ours, theirs].some((one) => (one?.files.length ?? 0) >= MOST_FILES),
  };
}

/** The commit in which the histories of two commits part. */
export async function forkOf(repository: InstalledRepository, base: string, head: string): Promise<string> {
  return (await compare(repository, base, head)).fork;
}

interface Comparison {
  /** The commit in which the histories part. */
  readonly fork: string;
  readonly files: readonly {
    readonly filename: string;
    /** Of the blob. */
    readonly sha: string | null;
    readonly removed: boolean;
    readonly previous: readonly string[];
  }[];
}

async function compare(
  { client, owner, name: repo }: InstalledRepository,
  base: string,
  head: string,
): Promise<Comparison> {
  const { data } = await client.rest.repos.compareCommitsWithBasehead({
    owner,
    repo,
    basehead: `${base}...${head}`,
  });
  return {
    fork: data.merge_base_commit.sha,
    files: (data.files ?? []).map(({ filename, sha, status, previous_filename: previous }) => ({
      filename,
      sha,
      removed: status === "removed",
      previous: previous === undefined ? [] : [previous],
    })),
  };
}
