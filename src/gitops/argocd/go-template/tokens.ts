import { shownName } from "../../render/message.ts";
import { refuse } from "../../refusal.ts";

export interface Token {
  readonly kind:
    | "text"
    | "open"
    | "close"
    | "space"
    | "field"
    | "dot"
    | "variable"
    | "word"
    | "string"
    | "number"
    | "mark";
  readonly text: string;
}

/** In the order in which they are tried. */
const INSIDE: readonly (readonly [Token["kind"], RegExp])[] = [
  // The last blank before `-}}` belongs to it.
  ["space", /[ \t\r\n]+?(?=[ \t\r\n]-\}\}|[^ \t\r\n]|$)/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ["number", /[+-]?\d[\w.]*/y],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot", /\./y],
  ["variable", /\$(?:[\p{L}_][\p{L}\p{Nd}_]*)?/uy],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["mark", /:=|[=,|()]/y],
];
const OPEN = /\{\{(?:-(?=[ \t\r\n]))?/y;
const CLOSE = /(?:[ \t\r\n]-)?\}\}/y;
const COMMENT = /[ \t\r\n]*\/\*[\s\S]*?\*\/(?=(?:[ \t\r\n]-)?\}\})/y;

/** Comments are left out, and blanks that `{{-` and `-}}` take away. */
export function tokensOf(template: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(template)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  let trims = false;
  while (at < template.length) {
    const next = template.indexOf("{{", at);
    const end = next === -1 ? template.length : next;
    let text = template.slice(at, end);
    if (trims) text = text.replace(/^[ \t\r\n]+/, "");
    at = end;
    const open = take(OPEN);
    if (open === "{{-") text = text.trimEnd();
    if (text !== "") tokens.push({ kind: "text", text });
    if (open === undefined) break;
    if (take(COMMENT) === undefined) {
      tokens.push({ kind: "open", text: open });
      for (;;) {
        CLOSE.lastIndex = at;
        if (CLOSE.test(template)) break;
        tokens.push(insideToken(take) ?? unreadable(template, at));
      }
      tokens.push({ kind: "close", text: "}}" });
    }
    trims = (take(CLOSE) ?? "").length > 2;
  }
  return tokens;
}

function insideToken(take: (pattern: RegExp) => string | undefined): Token | undefined {
  for (const [kind, pattern] of INSIDE) {
    const text = take(pattern);
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

function unreadable(template: string, at: number): never {
  const [line = ""] = template.slice(at, at + 40).split("\n", 1);
  return refuse("appset-template", `the template can't be read at ${shownName(line)}`);
}
