import { shownName } from "../../render/message.ts";
import { refuse } from "../../refusal.ts";
import type { Command, Node, Operand, Pipe } from "./syntax.ts";
import { type Token, tokensOf } from "./tokens.ts";

const DEEPEST = 50;
const BRANCHES = new Set(["if", "with", "range"]);
const UNKNOWN_KEYWORDS = new Set(["define", "template", "block", "break", "continue"]);

export function parseTemplate(template: string): readonly Node[] {
  const parser = new Parser(tokensOf(template));
  const nodes = parser.nodes(0);
  if (!parser.atEnd) parser.wrong();
  return nodes;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Up to an `else` or an `end`, which is not taken. */
  nodes(depth: number): Node[] {
    if (depth > DEEPEST) refuse("appset-template", "the template is nested too deeply");
    const nodes: Node[] = [];
    while (!this.atEnd) {
      const token = this.#tokens[this.#at];
      if (token?.kind === "text") {
        this.#at += 1;
        nodes.push({ kind: "text", text: token.text });
        continue;
      }
      const word = this.#keyword();
      if (word === "else" || word === "end") return nodes;
      nodes.push(this.#node(word, depth));
    }
    return nodes;
  }

  #node(word: string | undefined, depth: number): Node {
    this.#take("open");
    this.#space();
    if (word !== undefined && UNKNOWN_KEYWORDS.has(word))
      refuse("appset-template", `the template uses ${word}, which is not supported`);
    if (word === "if" || word === "with" || word === "range") {
      this.#take("word");
      return this.#branch(word, depth);
    }
    const pipe = this.#pipe(depth);
    this.#take("close");
    return { kind: "action", pipe };
  }

  /** Behind `if`, through its `end`. */
  #branch(kind: "if" | "with" | "range", depth: number): Node {
    const pipe = this.#pipe(depth);
    this.#take("close");
    const body = this.nodes(depth + 1);
    const word = this.#keyword();
    this.#take("open");
    this.#space();
    this.#take("word");
    this.#space();
    if (word === "end") {
      this.#take("close");
      return { kind, pipe, body, otherwise: [] };
    }
    const chained = this.#peek()?.kind === "word" ? this.#peek()?.text : undefined;
    if ((chained === "if" || chained === "with") && chained === kind) {
      this.#take("word");
      return { kind, pipe, body, otherwise: [this.#branch(chained, depth + 1)] };
    }
    this.#take("close");
    const otherwise = this.nodes(depth + 1);
    if (this.#keyword() !== "end") this.wrong();
    this.#take("open");
    this.#space();
    this.#take("word");
    this.#space();
    this.#take("close");
    return { kind, pipe, body, otherwise };
  }

  #pipe(depth: number): Pipe {
    if (depth > DEEPEST) refuse("appset-template", "the template is nested too deeply");
    this.#space();
    const declared = this.#declaration();
    const commands: Command[] = [];
    for (;;) {
      commands.push(this.#command(depth));
      if (!this.#mark("|")) break;
    }
    return { ...declared, commands };
  }

  /** `$x :=`, `$x =`, `$k, $v :=`; nothing is taken where there is none. */
  #declaration(): { variables: string[]; assigns: boolean } {
    const start = this.#at;
    const variables: string[] = [];
    while (this.#peek()?.kind === "variable" && variables.length < 2) {
      variables.push(this.#take("variable"));
      this.#space();
      if (this.#mark(":=")) return { variables, assigns: false };
      if (this.#mark("=")) return { variables, assigns: true };
      if (!this.#mark(",")) break;
      this.#space();
    }
    this.#at = start;
    return { variables: [], assigns: false };
  }

  #command(depth: number): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.#space();
      const operand = this.#operand(depth);
      if (!operand) break;
      operands.push(operand);
      const next = this.#peek();
      if (next?.kind !== "space") break;
    }
    this.#space();
    return operands.length === 0 ? this.wrong() : operands;
  }

  #operand(depth: number): Operand | undefined {
    const token = this.#peek();
    // eslint-disable-next-line typescript/switch-exhaustiveness-check -- the others begin no operand
    switch (token?.kind) {
      case "string":
        this.#at += 1;
        return { kind: "literal", value: unquoted(token.text) };
      case "number":
        this.#at += 1;
        return { kind: "literal", value: numeral(token.text) };
      case "word":
        this.#at += 1;
        if (BRANCHES.has(token.text)) this.wrong();
        return constant(token.text) ?? { kind: "function", name: token.text };
      case "variable":
        this.#at += 1;
        return { kind: "path", root: { variable: token.text }, fields: this.#fields() };
      case "dot":
        this.#at += 1;
        return { kind: "path", root: "dot", fields: [] };
      case "field":
        return { kind: "path", root: "dot", fields: this.#fields() };
      case "mark": {
        if (token.text !== "(") return undefined;
        this.#at += 1;
        const pipe = this.#pipe(depth + 1);
        if (!this.#mark(")")) this.wrong();
        return { kind: "path", root: { pipe }, fields: this.#fields() };
      }
      default:
        return undefined;
    }
  }

  #fields(): string[] {
    const fields: string[] = [];
    while (this.#peek()?.kind === "field") fields.push(this.#take("field").slice(1));
    return fields;
  }

  /** The first word of the action that comes next. */
  #keyword(): string | undefined {
    const first = this.#tokens[this.#at + 1];
    const word = first?.kind === "space" ? this.#tokens[this.#at + 2] : first;
    return this.#peek()?.kind === "open" && word?.kind === "word" ? word.text : undefined;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #space(): void {
    if (this.#peek()?.kind === "space") this.#at += 1;
  }

  #mark(text: string): boolean {
    const token = this.#peek();
    if (token?.kind !== "mark" || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #take(kind: Token["kind"]): string {
    const token = this.#peek();
    if (token?.kind !== kind) return this.wrong();
    this.#at += 1;
    return token.text;
  }

  wrong(): never {
    const shown = this.#peek()?.text ?? "its end";
    return refuse("appset-template", `the template is not understood at ${shownName(shown)}`);
  }
}

function constant(word: string): Operand | undefined {
  switch (word) {
    case "true":
      return { kind: "literal", value: true };
    case "false":
      return { kind: "literal", value: false };
    case "nil":
      return { kind: "literal", value: null };
    default:
      return undefined;
  }
}

/** Whole numbers are `bigint`, as Go tells them from floats. */
function numeral(text: string): bigint | number {
  if (/^[+-]?(?:0|[1-9]\d{0,17})$/.test(text)) return BigInt(text.replace("+", ""));
  if (/^[+-]?\d+\.\d+$/.test(text)) return Number(text);
  return refuse("appset-template", `the number ${shownName(text)} is not supported`);
}

function unquoted(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  const inner = text.slice(1, -1);
  if (/\\[^nrt"\\]/.test(inner.replaceAll("\\\\", "")))
    refuse("appset-template", `the text ${shownName(text)} has an escape that is not supported`);
  return inner.replaceAll(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
