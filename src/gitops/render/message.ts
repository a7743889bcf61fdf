/** Longer messages are cut: they go into tables and pull requests. */
const LONGEST = 400;

/** Lines that programs print before the one that says what is wrong. */
const NOISE =
  /^(?:#? ?warning:|w\d{4} |walk\.go:|coalesce\.go:|level=(?:warn|info|debug)|time=\S+ level=(?:warn|info|debug)|\d{4}\/\d\d\/\d\d .*(?:warning|symbolic link))/i;

// eslint-disable-next-line no-control-regex -- control characters are what it removes
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|.)/g;
/** Controls, and the marks that turn the direction of text or break lines. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200E\u200F]+/gu;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(\w+:\/\/)[^/\s@"']+@/g, "$1…@"],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AKIA)[\w-]{8,}/g, "…"],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, "$1 …"],
  [/\b(password|passwd|token|secret|api[-_]?key)(["']?\s*[=:]\s*)["']?[^\s"',;]+/gi, "$1$2…"],
];

/**
 * What a program's error output says, as one line that may be shown to anybody: without its noise, terminal
 * escapes, secrets, and the folders of this machine (`paths`: each with the name to show instead).
 */
export function cleanMessage(output: string, paths: ReadonlyMap<string, string> = new Map()): string {
  const lines = output
    .replaceAll(ESCAPES, "")
    .split("\n")
    .map((line) => line.trim());
  const useful = lines.filter((line) => line !== "" && !NOISE.test(line));
  const start = useful.findIndex((line) => /^(?:error|fatal error|panic):/i.test(line));
  const [first = "it failed without a message", second] = useful.slice(Math.max(0, start));
  // A line that ends in a colon announces the next one.
  const whole = (first.endsWith(":") && second !== undefined ? `${first} ${second}` : first).replace(
    /^error: /i,
    "",
  );
  return cut(withoutSecrets(withoutPaths(whole.replaceAll(CONTROLS, " "), paths)));
}

/** A name out of a repository, fit to be shown: quoted where it holds more than plain characters. */
export function shownName(name: string): string {
  return cut(
    /^[\p{L}\p{N} ._/@:+*,=~#-]*$/u.test(name) ? name : JSON.stringify(name).replaceAll(CONTROLS, " "),
  );
}

/** An address without the name and password that may stand in it. */
export function withoutUser(url: string): string {
  return url.replaceAll(/\/\/[^/@\s]*@/g, "//");
}

function withoutPaths(text: string, paths: ReadonlyMap<string, string>): string {
  const longestFirst = [...paths].sort(([a], [b]) => b.length - a.length);
  return longestFirst.reduce(
    (cleaned, [folder, name]) =>
      cleaned
        .replaceAll(`${folder}/`, name === "" ? "" : `${name}/`)
        .replaceAll(folder, name === "" ? "." : name),
    text,
  );
}

function withoutSecrets(text: string): string {
  return SECRETS.reduce((cleaned, [pattern, shown]) => cleaned.replaceAll(pattern, shown), text);
}

/** In the middle: programs say first where they were, and last what is wrong. */
function cut(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}
