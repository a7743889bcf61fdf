/**
 * Text from outside (names, paths, reasons) as inline code: no markup, mention, link or HTML in it takes
 * effect. Control characters are left out.
 */
export function code(text: string): string {
  const printable = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
  if (printable.trim() === "") return "—";
  const longestRun = Math.max(0, ...[...printable.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const padding = longestRun > 0 ? " " : "";
  return `${fence}${padding}${printable}${padding}${fence}`;
}

/** A sentence of our own that may quote words from outside: those lose their power, the rest stays readable. */
export function prose(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")
    .replace(/[\\`*_{}[\]<>()#|~!$&]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/@/g, "@\u200b")
    .replace(/(https?):\/\//gi, "$1&#58;//");
}

/** A GitHub table; what the cells hold can't break it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
