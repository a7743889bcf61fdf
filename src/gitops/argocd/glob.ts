/** What a pattern is made of; `star` stays within a folder, `any` does not, `folders` is `**` between slashes. */
type Part =
  | { readonly kind: "one"; readonly matches: (character: string) => boolean }
  | { readonly kind: "star" | "any" | "folders" }
  | { readonly kind: "either"; readonly parts: readonly (readonly Part[])[] };

/**
 * Argo CD has four ways to read a pattern. `directory`: of `include` and `exclude`, where `*` also matches `/`.
 * `folder`: of the git generator's directories, Go's `path.Match`. `pathspec`: of its files, as `git ls-files`
 * has it, where `*` also matches `/`. `values`: of value files, where only `**` crosses folders.
 */
export type Dialect = "directory" | "folder" | "pathspec" | "values";

const LONGEST_PATTERN = 4096;
const NEGATION: Readonly<Record<Dialect, string>> = {
  directory: "!",
  folder: "^",
  pathspec: "!^",
  values: "!^",
};
/** One `*` between two texts. */
const PREFIX_AND_SUFFIX = /^([^*?[\]{}\\]+)\*+([^*?[\]{}\\]+)$/;

/** `undefined` where the pattern is not well formed. Time grows with the product of both lengths, at the worst. */
export function compileGlob(pattern: string, dialect: Dialect): ((text: string) => boolean) | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const [, prefix, suffix] = (dialect === "directory" && PREFIX_AND_SUFFIX.exec(pattern)) || [];
  // There they may overlap: `a/*/b` matches `a/b`.
  if (prefix !== undefined && suffix !== undefined)
    return (text) => text.startsWith(prefix) && text.endsWith(suffix);
  const parser = new Parser(pattern, dialect);
  const parts = parser.parse("");
  if (parts === undefined || !parser.atEnd) return undefined;
  return (text) => advance(parts, text, new Set([0])).has(text.length);
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

class Parser {
  readonly #pattern: string;
  readonly #dialect: Dialect;
  #at = 0;

  constructor(pattern: string, dialect: Dialect) {
    this.#pattern = pattern;
    this.#dialect = dialect;
  }

  get atEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  /** Up to one of the ends, which is not taken. */
  parse(ends: string): Part[] | undefined {
    const parts: Part[] = [];
    const crosses = this.#dialect === "directory" || this.#dialect === "pathspec";
    while (!this.atEnd) {
      const character = this.#pattern.charAt(this.#at);
      if (ends.includes(character)) return parts;
      this.#at += 1;
      if (character === "*") parts.push(this.#star(crosses));
      else if (character === "?") parts.push({ kind: "one", matches: (given) => crosses || given !== "/" });
      else if (character === "[") {
        const matches = this.#class();
        if (!matches) return undefined;
        parts.push({ kind: "one", matches });
      } else if (character === "{" && (this.#dialect === "directory" || this.#dialect === "values")) {
        const either = this.#alternatives();
        if (!either) return undefined;
        parts.push(either);
      } else {
        const literal = character === "\\" ? this.#next() : character;
        if (literal === undefined) return undefined;
        parts.push({ kind: "one", matches: (given) => given === literal });
      }
    }
    return parts;
  }

  #star(crosses: boolean): Part {
    const start = this.#at - 1;
    while (this.#pattern.charAt(this.#at) === "*") this.#at += 1;
    if (crosses) return { kind: "any" };
    if (this.#dialect === "folder" || this.#at - start !== 2) return { kind: "star" };
    const opens = start === 0 || this.#pattern.charAt(start - 1) === "/";
    if (opens && this.#pattern.charAt(this.#at) === "/") {
      this.#at += 1;
      return { kind: "folders" };
    }
    return { kind: opens && this.atEnd ? "any" : "star" };
  }

  #class(): ((character: string) => boolean) | undefined {
    const negated = NEGATION[this.#dialect].includes(this.#pattern.charAt(this.#at) || " ");
    if (negated) this.#at += 1;
    if (this.#dialect !== "pathspec" && this.#pattern.charAt(this.#at) === "]") return undefined;
    const ranges: [string, string][] = [];
    do {
      const from = this.#member();
      if (from === undefined) return undefined;
      const isRange = this.#pattern.charAt(this.#at) === "-" && this.#pattern.charAt(this.#at + 1) !== "]";
      if (isRange) this.#at += 1;
      const to = isRange ? this.#member() : from;
      if (to === undefined) return undefined;
      ranges.push([from, to]);
    } while (this.#pattern.charAt(this.#at) !== "]");
    this.#at += 1;
    return (given) => ranges.some(([from, to]) => from <= given && given <= to) !== negated;
  }

  #member(): string | undefined {
    const character = this.#next();
    return character === "\\" ? this.#next() : character;
  }

  #next(): string | undefined {
    const character = this.#pattern[this.#at];
    this.#at += 1;
    return character;
  }

  #alternatives(): Part | undefined {
    const parts: Part[][] = [];
    for (;;) {
      const alternative = this.parse(",}");
      if (!alternative) return undefined;
      parts.push(alternative);
      // In a directory's patterns the closing brace may be missing.
      if (this.atEnd) return this.#dialect === "directory" ? { kind: "either", parts } : undefined;
      if (this.#next() === "}") return { kind: "either", parts };
    }
  }
}

/** Every place of the text that the parts can reach from some place. */
function advance(parts: readonly Part[], text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  let reached = from;
  for (const part of parts) {
    if (reached.size === 0) return reached;
    reached = step(part, text, reached);
  }
  return reached;
}

function step(part: Part, text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  switch (part.kind) {
    case "one":
      return new Set(
        [...from].filter((at) => at < text.length && part.matches(text.charAt(at))).map((at) => at + 1),
      );
    case "either":
      return new Set(part.parts.flatMap((parts) => [...advance(parts, text, from)]));
    case "any":
    case "star":
    case "folders": {
      const reached = new Set(from);
      const first = Math.min(...from);
      let open = false;
      for (let at = first; at < text.length; at += 1) {
        open ||= from.has(at);
        if (part.kind === "star" && text.charAt(at) === "/") open = false;
        if (open && (part.kind !== "folders" || text.charAt(at) === "/")) reached.add(at + 1);
      }
      return reached;
    }
  }
}
