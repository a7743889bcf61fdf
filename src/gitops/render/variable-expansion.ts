import { glob } from "./shell-glob.ts";

/** What `${…}` says, parsed: text as it is, or a variable with what is done to it. */
type Part = string | Expression;

interface Expression {
  readonly name: string;
  /** As written: empty, `:-`, `//`, `^^`, …; `#` without arguments is the length. */
  readonly operator: string;
  readonly arguments: readonly Part[];
}

/** The text is not of the form, or does what only bash can. */
export class ExpansionError extends Error {
  override readonly name = "ExpansionError";
}

/** Gives the value of a variable, or `undefined` where it is not set. */
export type Lookup = (name: string) => string | undefined;

const DEEPEST = 50;
const LONGEST = 64 * 2 ** 20;

/**
 * Replaces `${name}` and the forms of bash that Flux has (its engine is a fork of drone/envsubst), with its
 * oddities: `:?`, `:+` and `=` all mean a default, a variable that is empty counts as not set, lengths and
 * offsets count bytes. `$$` is a `$`. Throws an {@link ExpansionError} where Flux would fail; and where a
 * function meets text beyond ASCII, for there the engine cuts characters into pieces.
 *
 * `strict`: a variable that is neither set nor has an operator is an error, not an empty text.
 */
export function expandVariables(text: string, lookup: Lookup, strict = false): string {
  let expanded = "";
  for (const part of new Parser(text).parse()) {
    expanded += evaluate(part, lookup, strict);
    if (expanded.length > LONGEST) throw new ExpansionError("the text becomes too long");
  }
  return expanded;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Part[] {
    const parts: Part[] = [];
    while (this.#at < this.#text.length)
      parts.push(this.#take("${") ? this.#expression(0) : this.#plain(/\$\$/y, () => false));
    return parts;
  }

  /** Behind the opening brace, and through the closing one. */
  #expression(depth: number): Expression {
    if (depth > DEEPEST) throw new ExpansionError("expressions are nested too deeply");
    if (this.#take("#")) return this.#closed({ name: this.#name(), operator: "#", arguments: [] });
    const name = this.#name();
    const operator = this.#match(/:[=?+-]|[=:]|\/[/#%]?|##?|%%?|[,^]{1,2}/y);
    switch (operator[0]) {
      case undefined:
        return this.#closed({ name, operator: "", arguments: [] });
      case ",":
      case "^":
        return this.#closed({ name, operator, arguments: [] });
      case "#":
      case "%":
        return this.#closed({ name, operator, arguments: [this.#argument("}", depth)] });
      case "/":
        return this.#replacement(name, operator, depth);
      case ":":
        if (operator === ":") return this.#slice(name, depth);
    }
    const parts: Part[] = [];
    while (this.#peek() !== "}") parts.push(this.#argument("}", depth));
    return this.#closed({ name, operator, arguments: parts });
  }

  #replacement(name: string, operator: string, depth: number): Expression {
    const pattern = this.#argument("/", depth, ESCAPED);
    if (this.#match(/\/+/y) === "") throw this.#wrong();
    const rest = this.#peek() === "}" ? [] : [this.#argument("}", depth, ESCAPED)];
    return this.#closed({ name, operator, arguments: [pattern, ...rest] });
  }

  #slice(name: string, depth: number): Expression {
    // The engine loses its place at a character of several bytes.
    if (this.#peek() > "\u007F") throw this.#wrong();
    const start = this.#argument(":}", depth);
    const rest = this.#match(/:+/y) === "" ? [] : [this.#argument("}", depth)];
    return this.#closed({ name, operator: ":", arguments: [start, ...rest] });
  }

  /** One expression, or text up to one of the ends; never nothing. */
  #argument(ends: string, depth: number, escaped?: RegExp): Part {
    if (this.#take("${")) return this.#expression(depth + 1);
    const from = this.#at;
    const text = this.#plain(escaped, (character) => ends.includes(character));
    if (this.#at === from) throw this.#wrong();
    return text;
  }

  /** Text until it ends or an expression begins; of an escaped pair only the second character counts. */
  #plain(escaped: RegExp | undefined, isEnd: (character: string) => boolean): string {
    let text = "";
    while (this.#at < this.#text.length && !this.#text.startsWith("${", this.#at)) {
      const ordinary = this.#match(ORDINARY);
      const pair = ordinary === "" && escaped !== undefined ? this.#match(escaped) : "";
      if (ordinary !== "") text += ordinary;
      else if (pair !== "") text += pair.slice(1);
      else if (isEnd(this.#peek())) break;
      else {
        text += this.#peek();
        this.#at += 1;
      }
    }
    return text;
  }

  #name(): string {
    const name = this.#match(/[\p{L}\p{Nd}_]+/uy);
    if (name === "") throw this.#wrong();
    return name;
  }

  #closed(expression: Expression): Expression {
    if (!this.#take("}")) throw this.#wrong();
    return expression;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(token: string): boolean {
    const found = this.#text.startsWith(token, this.#at);
    if (found) this.#at += token.length;
    return found;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #wrong(): ExpansionError {
    const open = this.#text.lastIndexOf("${", this.#at);
    const [line = ""] = this.#text.slice(Math.max(0, open), open + 60).split("\n", 1);
    return new ExpansionError(`${JSON.stringify(line)} is no expression that Flux knows`);
  }
}

/** Never the end of anything, nor the beginning. */
const ORDINARY = /[^$\\/:}]+/y;
const ESCAPED = /\$\$|\\[/\\]/y;

function evaluate(part: Part, lookup: Lookup, strict: boolean): string {
  if (typeof part === "string") return part;
  const given = part.arguments.map((argument) => evaluate(argument, lookup, strict));
  const found = lookup(part.name);
  if (found === undefined && strict && part.operator === "")
    throw new ExpansionError(`the variable ${part.name} is not set`);
  return apply(part.operator, found ?? "", given);
}

function apply(operator: string, value: string, given: readonly string[]): string {
  const [first = "", second] = given;
  switch (operator) {
    case "^":
      return ascii(value).charAt(0).toUpperCase() + value.slice(1);
    case "^^":
      return ascii(value).toUpperCase();
    case ",":
      return ascii(value).charAt(0).toLowerCase() + value.slice(1);
    case ",,":
      return ascii(value).toLowerCase();
    case "#":
      return given.length === 0 ? String(Buffer.byteLength(value)) : withoutStart(value, first, "shortest");
    case "##":
      return withoutStart(value, first, "longest");
    case "%":
      return reversed(withoutStart(reversed(value), reversed(first), "shortest"));
    case "%%":
      return reversed(withoutStart(reversed(value), reversed(first), "longest"));
    case ":":
      return slice(value, first, second);
    case "/":
      return bounded(value.replace(first, () => second ?? ""));
    case "//":
      return replaceAll(value, first, second ?? "");
    // The engine does nothing where the replacement is left out.
    case "/#":
      return second !== undefined && value.startsWith(first) ? second + value.slice(first.length) : value;
    case "/%":
      return second !== undefined && value.endsWith(first)
        ? value.slice(0, value.length - first.length) + second
        : value;
    default:
      return value === "" ? given.join("") : value;
  }
}

/** Unlike bash it never takes nothing away, where something matches. */
function withoutStart(value: string, pattern: string, wanted: "shortest" | "longest"): string {
  if (/[[\\]/.test(pattern))
    throw new ExpansionError(`the pattern ${JSON.stringify(pattern)} is not supported`);
  const lengths = glob(ascii(pattern), ascii(value)).filter((length) => length > 0);
  return value.slice((wanted === "shortest" ? lengths[0] : lengths.at(-1)) ?? 0);
}

function slice(value: string, from: string, count: string | undefined): string {
  const start = wholeNumber(from);
  const length = count === undefined ? undefined : wholeNumber(count);
  // As bash does, what is no number leaves the value as it is.
  if (Number.isNaN(start)) return value;
  const begin = start < 0 ? Math.max(0, ascii(value).length + start) : start;
  if (length === undefined) return ascii(value).slice(begin);
  if (Number.isNaN(length)) return value;
  if (begin + length >= value.length) return ascii(value).slice(begin);
  if (length < 0) throw new ExpansionError("a part of negative length");
  return ascii(value).slice(begin, begin + length);
}

function wholeNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) return Number.NaN;
  if (text.length > 15) throw new ExpansionError(`${text.slice(0, 20)} is no sensible number`);
  return Number(text);
}

function replaceAll(value: string, pattern: string, replacement: string): string {
  const grown = (value.length / Math.max(1, pattern.length) + 1) * replacement.length;
  if (grown > LONGEST && value.split(pattern).length * replacement.length > LONGEST)
    throw new ExpansionError("the text becomes too long");
  return bounded(value.replaceAll(pattern, () => replacement));
}

function bounded(text: string): string {
  if (text.length > LONGEST) throw new ExpansionError("the text becomes too long");
  return text;
}

function reversed(text: string): string {
  return ascii(text).split("").toReversed().join("");
}

function ascii(text: string): string {
  // eslint-disable-next-line no-control-regex -- ASCII has controls
  if (!/^[\u0000-\u007F]*$/.test(text)) throw new ExpansionError("a function on text beyond ASCII");
  return text;
}
