import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** One bare repository, worked with real git. Names that come from outside reach git only as full ref names or hashes. */
export class Git {
  readonly path: string;
  readonly #known = new Map<string, Promise<string>>();
  #refs: Promise<Map<string, string>> | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(path: string, defaultBranch: string): Promise<Git> {
    await execa("git", ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, path], {
      env: gitEnvironment,
    });
    await appendFile(join(path, "config"), CONFIGURATION);
    return new Git(path);
  }

  /** Runs git here and returns its output; throws where it fails. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.raw(args, options)).toString("utf8");
  }

  async raw(args: readonly string[], { input, env }: RunOptions = {}): Promise<Buffer> {
    const { stdout } = await execa("git", args, {
      cwd: this.path,
      env: { ...gitEnvironment, ...env },
      encoding: "buffer",
      stripFinalNewline: false,
      ...(input === undefined ? {} : { input }),
    });
    return Buffer.from(stdout);
  }

  /** Like `run`, but a failure is an answer: undefined. */
  async attempt(args: readonly string[], options: RunOptions = {}): Promise<string | undefined> {
    return this.run(args, options).catch(() => undefined);
  }

  /** For a command that names objects by hash only: what it once said it says for ever, so git is asked once. */
  async lookUp(args: readonly string[]): Promise<string> {
    const key = args.join("\0");
    const known = this.#known.get(key) ?? this.run(args);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key)); // the object may yet arrive
    return known;
  }

  async tryLookUp(args: readonly string[]): Promise<string | undefined> {
    return this.lookUp(args).then(
      (output) => output.trim(),
      () => undefined,
    );
  }

  /** All refs below `prefix` (e.g. `refs/heads/`), by full name. */
  async refs(prefix = "refs/"): Promise<Map<string, string>> {
    this.#refs ??= this.#readRefs();
    return new Map([...(await this.#refs)].filter(([name]) => name.startsWith(prefix)));
  }

  /** To be told when refs have moved by other means than `moveRef`. */
  forgetRefs(): void {
    this.#refs = undefined;
  }

  async #readRefs(): Promise<Map<string, string>> {
    const lines = (await this.run(["for-each-ref", "--format=%(objectname) %(refname)"])).trim().split("\n");
    return new Map(
      lines.filter(Boolean).map((line): [string, string] => [line.slice(41), line.slice(0, 40)]),
    );
  }

  async branch(name: string): Promise<string | undefined> {
    return (await this.refs("refs/heads/")).get(`refs/heads/${name}`);
  }

  /** Takes a commit of another repository, with all that it stands on. */
  async fetch(from: Git, sha: string): Promise<void> {
    await this.run(["fetch", "--quiet", "--no-tags", from.path, sha]);
  }

  /** The commit that a branch, a tag or a hash names. */
  async commitNamed(name: string): Promise<string | undefined> {
    const refs = await this.refs();
    const candidates = [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`];
    const target = candidates.map((ref) => refs.get(ref)).find(Boolean) ?? (isHash(name) ? name : undefined);
    if (!target) return undefined;
    return this.tryLookUp(["rev-parse", "--verify", "--quiet", `${target}^{commit}`]);
  }

  /** `commit`, `tree`, `blob`, `tag`; undefined for what is not there. */
  async type(sha: string): Promise<string | undefined> {
    return isHash(sha) ? this.tryLookUp(["cat-file", "-t", sha]) : undefined;
  }

  /** The tree of a commit, or the tree itself. */
  async treeOf(sha: string): Promise<string | undefined> {
    return isHash(sha) ? this.tryLookUp(["rev-parse", "--verify", "--quiet", `${sha}^{tree}`]) : undefined;
  }

  /** Moves a ref if it still stands at `before` (null: not there yet); false where another was faster. */
  async moveRef(ref: string, after: string | null, before: string | null): Promise<boolean> {
    const args = after === null ? ["-d", ref, before ?? ZERO] : [ref, after, before ?? ZERO];
    const moved = await this.attempt(["update-ref", ...args]);
    this.forgetRefs();
    return moved !== undefined;
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await this.mergeBase(ancestor, descendant)) === ancestor;
  }

  async mergeBase(a: string, b: string): Promise<string | undefined> {
    return this.tryLookUp(["merge-base", a, b]);
  }

  async commit(sha: string): Promise<Commit | undefined> {
    if ((await this.type(sha)) !== "commit") return undefined;
    return (await this.log([sha, "-1"]))[0];
  }

  /** Commits as `git log ARGS` lists them; the arguments name commits by hash. */
  async log(args: readonly string[]): Promise<Commit[]> {
    const output = await this.lookUp(["log", "-z", `--format=${FORMAT}`, ...args]);
    return output.split("\0").filter(Boolean).map(parseCommit);
  }

  /** Writes a commit object with exactly this message; no ref moves. */
  async writeCommit(commit: NewCommit): Promise<string> {
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${signature(commit.author)}`,
      `committer ${signature(commit.committer)}`,
    ];
    const input = `${lines.join("\n")}\n\n${commit.message}`;
    return (await this.run(["hash-object", "-t", "commit", "-w", "--stdin"], { input })).trim();
  }

  async writeBlob(content: string | Uint8Array): Promise<string> {
    return (await this.run(["hash-object", "-w", "--stdin"], { input: content })).trim();
  }

  /** Many blobs by one git. */
  async writeBlobs(contents: readonly (string | Uint8Array)[]): Promise<string[]> {
    return this.#scratch(async (directory) => {
      const paths = contents.map((_, index) => join(directory, String(index)));
      await Promise.all(paths.map((path, index) => writeFile(path, contents[index] ?? "")));
      const input = paths.join("\n");
      return (await this.run(["hash-object", "-w", "--no-filters", "--stdin-paths"], { input })).split("\n");
    });
  }

  async blob(sha: string): Promise<Buffer | undefined> {
    return (await this.type(sha)) === "blob" ? this.raw(["cat-file", "blob", sha]) : undefined;
  }

  async tree(sha: string, recursive: boolean): Promise<TreeEntry[]> {
    const output = await this.lookUp(["ls-tree", "-z", "-l", ...(recursive ? ["-r", "-t"] : []), sha]);
    return output.split("\0").filter(Boolean).map(parseTreeEntry);
  }

  /** The entry at `path` of a commit, undefined where there is none; `""` is the root. */
  async entry(commit: string, path: string): Promise<TreeEntry | undefined> {
    if (path === "") {
      const sha = await this.treeOf(commit);
      return sha === undefined ? undefined : { mode: "040000", type: "tree", sha, size: undefined, path };
    }
    const output = await this.tryLookUp(["--literal-pathspecs", "ls-tree", "-z", "-l", commit, "--", path]);
    return output ? parseTreeEntry(output.replace("\0", "")) : undefined;
  }

  /** A tree from `base` (null: the empty one) with `changes` made; a null hash removes the path. */
  async writeTree(base: string | null, changes: readonly TreeChange[]): Promise<string> {
    return this.#scratch(async (directory) => {
      const env = { GIT_INDEX_FILE: join(directory, "index"), GIT_WORK_TREE: directory, GIT_DIR: this.path };
      await this.run(base === null ? ["read-tree", "--empty"] : ["read-tree", base], { env });
      const flat = changes.filter((change) => change.mode !== "040000");
      // -z: paths as they are, never quoted. Mode 0 removes.
      const input = flat
        .map(({ path, mode, sha }) => `${sha ? mode : "0"} ${sha ?? ZERO}\t${path}\0`)
        .join("");
      if (input) await this.run(["update-index", "-z", "--index-info"], { env, input });
      for (const { path, sha } of changes.filter((change) => change.mode === "040000")) {
        await this.run(["rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", path], { env });
        if (sha) await this.run(["read-tree", `--prefix=${path}/`, sha], { env });
      }
      return (await this.run(["write-tree"], { env })).trim();
    });
  }

  /** The tree that merging `head` into `base` gives; undefined where they conflict. */
  async mergeTree(base: string, head: string): Promise<string | undefined> {
    return this.tryLookUp(["merge-tree", "--write-tree", base, head]);
  }

  /** Replays `base..head` on `base`; the new head, or undefined where it conflicts. */
  async rebase(base: string, head: string, committer: Identity): Promise<string | undefined> {
    return this.#scratch(async (directory) => {
      const env = { GIT_COMMITTER_NAME: committer.name, GIT_COMMITTER_EMAIL: committer.email };
      const work = join(directory, "work");
      await this.run(["worktree", "add", "--quiet", "--detach", work, head]);
      try {
        const done = await this.attempt(["-C", work, "rebase", "--quiet", "--no-ff", base], { env });
        return done === undefined ? undefined : (await this.run(["-C", work, "rev-parse", "HEAD"])).trim();
      } finally {
        await this.run(["worktree", "remove", "--force", work]);
      }
    });
  }

  async #scratch<T>(use: (directory: string) => Promise<T>): Promise<T> {
    const directory = await mkdtemp(join(this.path, "scratch-"));
    try {
      return await use(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

export interface Identity {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 */
  readonly date: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Identity;
  readonly committer: Identity;
  readonly message: string;
}

export interface Commit extends NewCommit {
  readonly sha: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  /** Bytes, of a blob. */
  readonly size: number | undefined;
  readonly path: string;
}

export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
}

/** As GitHub serves: any commit that is there may be asked for, partial clones too; its own refs can't be pushed. */
const CONFIGURATION = `
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
\thideRefs = refs/pull
[gc]
\tauto = 0
`;

export const ZERO = "0".repeat(40);
export const isHash = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** No configuration of the machine or its user reaches in, and git never asks a question. */
export const gitEnvironment = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "GitHub",
  GIT_AUTHOR_EMAIL: "noreply@github.com",
  GIT_COMMITTER_NAME: "GitHub",
  GIT_COMMITTER_EMAIL: "noreply@github.com",
};

const FORMAT = ["%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B"].join("%x1f");

function parseCommit(record: string): Commit {
  const [
    sha = "",
    tree = "",
    parents = "",
    an = "",
    ae = "",
    at = "",
    cn = "",
    ce = "",
    ct = "",
    ...message
  ] = record.split("\x1f");
  return {
    sha,
    tree,
    parents: parents.split(" ").filter(Boolean),
    author: { name: an, email: ae, date: fromUnix(at) },
    committer: { name: cn, email: ce, date: fromUnix(ct) },
    message: message.join("\x1f").replace(/\n$/, ""),
  };
}

function parseTreeEntry(line: string): TreeEntry {
  const [left = "", ...path] = line.split("\t");
  const [mode = "", type = "", sha = "", size = "-"] = left.split(/ +/);
  return { mode, type, sha, size: size === "-" ? undefined : Number(size), path: path.join("\t") };
}

const signature = ({ name, email, date }: Identity): string =>
  `${bare(name)} <${bare(email)}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
const bare = (text: string): string => text.replace(/[<>\n\0]/g, "").trim();
const fromUnix = (seconds: string): string => timestamp(new Date(Number(seconds) * 1000));

/** As GitHub writes times: UTC, whole seconds. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
