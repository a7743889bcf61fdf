/** Who owns a file, in the order of the file; nobody where empty. */
export type OwnersOf = (file: string) => readonly string[];

/** Where GitHub looks for it; the first that is there counts. */
export const CODEOWNERS_FILES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** GitHub reads none that is larger. */
export const LARGEST_CODEOWNERS = 3 * 2 ** 20;

/**
 * CODEOWNERS as GitHub documents it: of the lines whose pattern fits a file the last one counts, also where it names
 * nobody. Patterns are those of .gitignore, without `!`, `[ ]` and an escaped `#`; a line that is not valid is skipped.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export function parseCodeowners(text: string): OwnersOf {
  const rules = text.split(/\r?\n/).flatMap(rule).toReversed();
  return (file) => {
    const steps = file.split("/");
    return rules.find(({ pattern }) => fits(pattern, steps))?.owners ?? [];
  };
}

interface Rule {
  readonly pattern: Pattern;
  readonly owners: readonly string[];
}

/** `@user`, `@org/team`, or an address. */
const OWNER = /^(?:@[\w.-]+(?:\/[\w.-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+)$/;

function rule(line: string): Rule[] {
  const [written, ...rest] = line
    .trim()
    .split(/(?<!\\)\s+/)
    .filter((word) => word !== "");
  if (written === undefined || written.startsWith("#")) return [];
  const comment = rest.findIndex((word) => word.startsWith("#"));
  const owners = comment < 0 ? rest : rest.slice(0, comment);
  const valid =
    /[^/]/.test(written) && !/^!|[[\]]|\\#/.test(written) && owners.every((owner) => OWNER.test(owner));
  return valid ? [{ pattern: parsePattern(written.replaceAll("\\ ", " ")), owners }] : [];
}

interface Pattern {
  /** Globs of one step each, `**` for any number of steps. */
  readonly steps: readonly string[];
  /** Whether what lies below a match fits too: in `docs/*` nothing does. */
  readonly below: "also" | "only" | "never";
}

function parsePattern(written: string): Pattern {
  const steps = written.split("/").filter((step) => step !== "");
  const anchored = written.replace(/\/$/, "").includes("/");
  const last = steps.at(-1);
  if (last === "**") return { steps: steps.slice(0, -1), below: "only" };
  const below = written.endsWith("/") ? "only" : anchored && last === "*" ? "never" : "also";
  return { steps: anchored ? steps : ["**", ...steps], below };
}

/** In steps times steps, whatever is written: no pattern can make it take long. */
function fits({ steps, below }: Pattern, file: readonly string[]): boolean {
  // After how many steps of the file everything of the pattern so far has been found.
  let ends = new Set([0]);
  for (const step of steps) {
    const next = new Set<number>();
    for (const end of ends)
      if (step === "**") for (let length = end; length <= file.length; length += 1) next.add(length);
      else if (end < file.length && fitsStep(step, file[end] ?? "")) next.add(end + 1);
    ends = next;
  }
  return [...ends].some((end) => (end === file.length ? below !== "only" : below !== "never"));
}

/** `*` for any characters, `?` for one; goes back to the last `*` alone, as nothing before it can do better. */
function fitsStep(glob: string, name: string): boolean {
  let [at, star, mark] = [0, -1, 0];
  let index = 0;
  while (index < name.length) {
    if (glob[at] === "*") [star, mark, at] = [at, index, at + 1];
    else if (at < glob.length && (glob[at] === "?" || glob[at] === name[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) [at, mark, index] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return /^\**$/.test(glob.slice(at));
}
