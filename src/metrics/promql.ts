import type { LabelMatcher } from "./series-source.ts";

/** `metric{label="value",…}`, every value escaped so that it stands for itself. */
export function selector(metric: string, matchers: readonly LabelMatcher[]): string {
  return `${metric}{${matchers.map(matcher).join(",")}}`;
}

/** `max by (a, b) (expression)`: one series for each combination of the labels, the largest value winning. */
export function maxBy(labels: readonly string[], expression: string): string {
  return `max by (${labels.join(", ")}) (${expression})`;
}

function matcher(matcher: LabelMatcher): string {
  if ("is" in matcher) return `${matcher.label}=${quoted(matcher.is)}`;
  if ("not" in matcher) return `${matcher.label}!=${quoted(matcher.not)}`;
  return `${matcher.label}=~${quoted(anyOf(matcher.in))}`;
}

/**
 * An RE2 expression that matches each of these texts and nothing else. The empty one, which a series has that lacks
 * the label, is no alternative of its own: Mimir leaves such series out of `total|`, and has them for `(?:total)?`.
 */
export function anyOf(texts: readonly string[]): string {
  const alternatives = texts.filter((text) => text !== "").map(literally);
  return texts.includes("") ? `(?:${alternatives.join("|")})?` : alternatives.join("|");
}

/** The text as an RE2 expression that matches it and nothing else (the characters of Go's `QuoteMeta`). */
function literally(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/**
 * A PromQL string, which has the escapes of Go. Control characters end a string or are refused, and the
 * replacement character is what the lexer takes for broken UTF-8.
 */
function quoted(text: string): string {
  const escaped = text
    .replaceAll(/["\\]/g, String.raw`\$&`)
    .replaceAll(
      /[\p{Cc}\u2028\u2029\uFFFD]/gu,
      (character) => String.raw`\u` + (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0"),
    );
  return `"${escaped}"`;
}
