const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** GitHub looks for these in the rendered text, where entities do not hide them; a blank of no width does. */
const BECOMES_A_LINK = /@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|www(?=\.)/gi;

/** What makes a list or a heading of a line that begins with it. */
const BEGINS_A_BLOCK = /^(\s*)([-+=]|\d(?=\d*[.)]))/;

/**
 * Text from outside (names, paths, reasons) as inline code: no markup, mention, link or HTML in it takes
 * effect. Control characters are left out.
 */
export function code(text: string): string {
  const printable = text.replace(INVISIBLE, "");
  if (printable.trim() === "") return "—";
  const longestRun = Math.max(0, ...[...printable.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const padding = longestRun > 0 || /^ .* $/.test(printable) ? " " : "";
  return `${fence}${padding}${printable}${padding}${fence}`;
}

/** A sentence of our own that may quote words from outside: those lose their power, the rest stays readable. */
export function prose(text: string): string {
  return text
    .replace(INVISIBLE, " ")
    .replace(BECOMES_A_LINK, "$&\u200b")
    .replace(/[\\`*_{}[\]<>()#|~!$&]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(BEGINS_A_BLOCK, (_, space: string, mark: string) => `${space}&#${mark.charCodeAt(0)};`);
}

/** Text from outside in a title or a commit message, which know no markup, but mentions and references. */
export function plain(text: string): string {
  return text.replace(INVISIBLE, "").replace(BECOMES_A_LINK, "$&\u200b");
}

/** A GitHub table; what the cells hold can't break it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A pipe stays in its cell behind an odd number of backslashes; there is no way to write one behind its own. */
function cell(text: string): string {
  return text.replaceAll(
    /(\\*)\|/g,
    (_, before: string) => `${before}${before.length % 2 === 0 ? "" : "\\"}\\|`,
  );
}
