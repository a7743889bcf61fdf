import { diffLines } from "diff";

/** An amount with its quotes, as it stands in YAML, JSON and flow maps. */
const AMOUNT = /(["']?)\d+(?:\.\d+)?(?:[numkMGTPE]|[KMGTPE]i)?\1(?=\s*(?:[,}\]#]|$))/g;
/** What may be inserted: a key that opens a map, or the amount of a resource. */
const OPENS_MAP = /^[\s-]*["']?[\w./-]+["']?:\s*(?:#.*|\{)?$/;
const SETS_AMOUNT =
  /^\s*["']?(?:cpu|memory|ephemeral-storage|[\w./-]+)["']?:\s*["']?[\d.]+[A-Za-z]*["']?,?\s*$/;

/** `, "resources": {"requests": {…}}` behind what a map of one line holds, or alone in it. */
const ADDED_TO_FLOW =
  /(?:,\s*["']?resources["']?:\s*|(?<="resources":\s*))\{["']?(?:requests|limits)\b.*\}\}/;
/** A number that was no amount before. */
const SETS_SOMETHING = /^(\s*["']?(?:cpu|memory)["']?:\s*)["']?\w+["']?/;

/** On a line of its own below its key. */
const EMPTY_MAP = /^\s*\{\s*\}\s*$/;

/**
 * Lines of the difference between two texts that are neither a replaced amount nor the lines of an added one.
 * Told by the texts alone, apart from what made the edit.
 */
export function collateralLines(before: string, after: string): string[] {
  const found: string[] = [];
  let removed: string[] = [];
  for (const part of diffLines(before, after)) {
    const lines = part.value.replace(/\n$/, "").split("\n");
    if (part.removed) removed = lines;
    else {
      found.push(...(part.added ? unexplained(removed, lines) : removed.map((line) => `-${line}`)));
      removed = [];
    }
  }
  return [...found, ...removed.map((line) => `-${line}`)];
}

/** Each removed line is to come back with other amounts, or opened where it held an empty map. */
function unexplained(removed: readonly string[], added: readonly string[]): string[] {
  const rest = [...added];
  const lost = removed.filter((line) => {
    if (EMPTY_MAP.test(line) && rest.length > 0) return false;
    const back = rest.findIndex((other) => withoutAmounts(line) === withoutAmounts(other));
    if (back >= 0) rest.splice(back, 1);
    return back < 0;
  });
  return [
    ...lost.map((line) => `-${line}`),
    ...rest.filter((line) => !OPENS_MAP.test(line) && !SETS_AMOUNT.test(line)).map((line) => `+${line}`),
  ];
}

/** With the amounts, and what flow maps hold of them, taken out. */
function withoutAmounts(line: string): string {
  return line
    .replace(ADDED_TO_FLOW, "")
    .replace(SETS_SOMETHING, "$1#")
    .replace(AMOUNT, "#")
    .replace(/:\s*(?:\{\s*\}|null|~|)(?=\s*(?:,|#|$))/, ":")
    .trimEnd();
}
