const TYPES = "build|chore|ci|deps|docs|feat|fix|perf|refactor|revert|style|test";
/** https://www.conventionalcommits.org: type, scope, `!`, a colon and a space. */
const CONVENTIONAL = new RegExp(`^(?:${TYPES})(\\([^()]+\\))?!?: \\S`, "i");

/** Messages that git and GitHub write, which are nobody's habit. */
const WRITTEN_BY_GIT = /^(?:Merge |Revert "|Initial commit$)/;

/**
 * The first line of a commit by the habit of a repository, as the first lines of its newest commits tell: the title
 * itself, or where most of them follow Conventional Commits `chore: right-size …`, with the name of the files' folder
 * as scope where most of those have one.
 */
export function commitMessage(title: string, files: readonly string[], newest: readonly string[]): string {
  const written = newest.filter((subject) => !WRITTEN_BY_GIT.test(subject));
  const scopes = written.flatMap((subject) => {
    const [match, scope = ""] = CONVENTIONAL.exec(subject) ?? [];
    return match === undefined ? [] : [scope];
  });
  if (scopes.length * 2 <= written.length) return title;
  const folder = folderOf(files);
  const scoped = scopes.filter((scope) => scope !== "").length * 2 > scopes.length;
  return `chore${scoped && folder ? `(${folder})` : ""}: ${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}

/** The name of the innermost folder that holds them all; empty where that is the root. */
function folderOf([first = "", ...others]: readonly string[]): string {
  const folders = first.split("/").slice(0, -1);
  const shared = folders.filter((_, index) =>
    others.every((file) => file.startsWith(`${folders.slice(0, index + 1).join("/")}/`)),
  );
  return (shared.at(-1) ?? "").replaceAll(/[^\w.-]+/g, "-");
}
