import { isRecord } from "../../../manifests/key-path.ts";
import { shownName } from "../../render/message.ts";
import { MissingParameter, refuse } from "../../refusal.ts";
import type { Spend } from "../work-limit.ts";
import { callFunction } from "./functions.ts";
import { parseTemplate } from "./parse.ts";
import type { Command, Node, Operand, Pipe } from "./syntax.ts";
import { goText, isTrue, sortedEntries } from "./values.ts";

const LONGEST = 2 ** 20;

/**
 * Renders a template of Go with the functions that ApplicationSets have; refuses what is unknown, and what Go
 * fails at. `strict`: a key that is not there is an error, and not `<no value>`.
 */
export function renderGoTemplate(
  template: string,
  parameters: unknown,
  { strict, spend }: { strict: boolean; spend: Spend },
): string {
  if (!template.includes("{{")) return template;
  const evaluation = new Evaluation(strict, spend);
  evaluation.run(parseTemplate(template), parameters, new Map([["$", { value: parameters }]]));
  return evaluation.output;
}

/** Variables by name; the boxes are shared with what encloses it, for `=`. */
type Scope = ReadonlyMap<string, { value: unknown }>;

class Evaluation {
  output = "";
  readonly #strict: boolean;
  readonly #spend: Spend;

  constructor(strict: boolean, spend: Spend) {
    this.#strict = strict;
    this.#spend = spend;
  }

  run(nodes: readonly Node[], dot: unknown, outer: Scope): void {
    const scope = new Map(outer);
    for (const node of nodes) {
      this.#spend(1);
      if (node.kind === "text") this.#print(node.text);
      else if (node.kind === "action") this.#action(node.pipe, dot, scope);
      else this.#branch(node, dot, scope);
    }
  }

  #action(pipe: Pipe, dot: unknown, scope: Map<string, { value: unknown }>): void {
    const value = this.#pipe(pipe, dot, scope);
    const [variable] = pipe.variables;
    if (variable === undefined)
      this.#print(value === null || value === undefined ? "<no value>" : goText(value));
    else if (pipe.assigns) lookUp(scope, variable).value = value;
    else scope.set(variable, { value });
  }

  #branch(node: Exclude<Node, { kind: "text" | "action" }>, dot: unknown, outer: Scope): void {
    const { kind, pipe, body, otherwise } = node;
    const value = this.#pipe(pipe, dot, outer);
    const scope = new Map(outer);
    const [first, second] = pipe.variables;
    if (kind === "range") {
      const entries = entriesOf(value);
      for (const [key, child] of entries) {
        const inner = new Map(scope);
        if (first !== undefined) inner.set(first, { value: second === undefined ? child : key });
        if (second !== undefined) inner.set(second, { value: child });
        this.run(body, child, inner);
      }
      if (entries.length === 0) this.run(otherwise, dot, scope);
      return;
    }
    if (first !== undefined && pipe.assigns) lookUp(scope, first).value = value;
    else if (first !== undefined) scope.set(first, { value });
    if (isTrue(value)) this.run(body, kind === "with" ? value : dot, scope);
    else this.run(otherwise, dot, scope);
  }

  #pipe({ commands }: Pipe, dot: unknown, scope: Scope): unknown {
    let value: unknown;
    for (const [index, command] of commands.entries())
      value = this.#command(command, dot, scope, index === 0 ? [] : [value]);
    return value;
  }

  #command(command: Command, dot: unknown, scope: Scope, piped: readonly unknown[]): unknown {
    this.#spend(1);
    const [head, ...rest] = command;
    if (head?.kind !== "function") {
      if (head === undefined || rest.length > 0 || piped.length > 0)
        return refuse("appset-template", "the template gives an argument to what is no function");
      if (head.kind === "literal" && head.value === null)
        return refuse("appset-template", "the template has nil where a value must be");
      return this.#operand(head, dot, scope);
    }
    if (head.name === "and" || head.name === "or") {
      // The first that decides counts, and what is behind it is not looked at.
      let value: unknown;
      for (const operand of rest) {
        value = this.#operand(operand, dot, scope);
        if (isTrue(value) === (head.name === "or")) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    const values = rest.map((operand) => this.#operand(operand, dot, scope));
    return callFunction(
      head.name,
      [...values, ...piped].map((value) => value ?? null),
    );
  }

  #operand(operand: Operand, dot: unknown, scope: Scope): unknown {
    this.#spend(1);
    if (operand.kind === "literal") return operand.value;
    if (operand.kind === "function") return callFunction(operand.name, []);
    const { root, fields } = operand;
    let value = dot;
    if (root !== "dot")
      value = "variable" in root ? lookUp(scope, root.variable).value : this.#pipe(root.pipe, dot, scope);
    for (const field of fields) value = this.#field(value, field);
    return value;
  }

  #field(value: unknown, field: string): unknown {
    // Of a key that is not there, nothing is there.
    if (value === undefined) return undefined;
    if (isRecord(value) && Object.hasOwn(value, field)) return value[field];
    if (isRecord(value) && !this.#strict) return undefined;
    throw new MissingParameter({
      code: "appset-template",
      message: `the template asks for ${shownName(field)}, and there is no such parameter`,
    });
  }

  #print(text: string): void {
    this.output += text;
    if (this.output.length > LONGEST) refuse("appset-template", "what the template makes is too long");
  }
}

function lookUp(scope: Scope, variable: string): { value: unknown } {
  return (
    scope.get(variable) ?? refuse("appset-template", `the template has no variable ${shownName(variable)}`)
  );
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((child, index) => [BigInt(index), child]);
  return isRecord(value)
    ? sortedEntries(value)
    : refuse("appset-template", "the template ranges over what is neither a list nor a map");
}
