import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { isRecord } from "./key-path.ts";
import { lineEndingAt } from "./source-text.ts";
import { blockLines, flowText, itemLines, type NewItem, type Patch, YAML_NULL } from "./patch.ts";
import { Refused, type TextEdit } from "./text-edit.ts";
import { column, end, lineEnd, start } from "./text-place.ts";

/** Where people put `resources` in a container: behind these keys, in front of probes and mounts. */
const BEFORE_RESOURCES = new Set([
  "name",
  "image",
  "imagePullPolicy",
  "command",
  "args",
  "workingDir",
  "ports",
  "env",
  "envFrom",
]);

/** The text edits that bring a patch into one document. Throws {@link Refused}. */
export function planEdits(
  text: string,
  document: Document,
  aliases: ReadonlyMap<string, number>,
  patch: Patch,
): TextEdit[] {
  const root = document.contents;
  const plan = new Plan(text, aliases);
  if (isMap(root)) plan.intoMap(root, patch, 2, document.toJS());
  else if (isSeq(root)) plan.intoSeq(root, patch, 2, document.toJS(), "the document");
  else if (root === null || (isScalar(root) && root.value === null)) plan.atEnd(patch);
  else throw new Refused("not-a-map", "the document is no map of keys and values");
  return plan.edits;
}

class Plan {
  readonly edits: TextEdit[] = [];
  readonly #text: string;
  readonly #aliases: ReadonlyMap<string, number>;

  constructor(text: string, aliases: ReadonlyMap<string, number>) {
    this.#text = text;
    this.#aliases = aliases;
  }

  /** `step` is the indentation in use around here; `data` the map as data, merged keys included. */
  intoMap(map: YAMLMap, patch: Patch, step: number, data: unknown): void {
    this.#refuseShared(map);
    const missing: Patch = new Map();
    const pairs = new Map(map.items.map((item) => [keyText(item), item]));
    for (const [key, change] of patch) {
      const pair = pairs.get(String(key));
      const value = isRecord(data) ? data[key] : undefined;
      if (!pair) {
        if (value !== undefined)
          throw new Refused(
            "merge-key",
            `"${key}" comes from a merge key (<<), which other places may share`,
          );
        if (change === null) throw new Refused("not-there", `"${key}" is not there to be taken away`);
        missing.set(key, change);
      } else if (change === null) this.#remove(pair, map);
      else if (typeof change === "string") this.#setScalar(pair, change, map);
      else if ("item" in change) this.#append(pair, change, map);
      else if (!(change instanceof Map))
        this.#replaceBlock(pair.value, change.embedded, `"${keyText(pair)}"`);
      else this.#intoValue(pair, change, map, step, value);
    }
    if (missing.size > 0) this.#insert(map, missing, step);
  }

  intoSeq(seq: YAMLSeq, patch: Patch, step: number, data: unknown, where: string): void {
    this.#refuseShared(seq);
    for (const [index, change] of patch) {
      const item = typeof index === "number" ? seq.items[index] : undefined;
      if (isAlias(item)) throw aliasRefused(item.source);
      if (isScalar(item) && change !== null && typeof change === "object" && "embedded" in change) {
        this.#replaceBlock(item, change.embedded, where);
        continue;
      }
      if (!isMap(item) || !(change instanceof Map))
        throw new Refused("not-a-map", `there is no map at place ${index} of ${where}`);
      this.intoMap(item, change, step, Array.isArray(data) ? data[Number(index)] : undefined);
    }
  }

  /** An empty document gets its keys behind its comments. */
  atEnd(patch: Patch): void {
    this.#insertLines(this.#text.length, blockLines(patch, 0, 2));
  }

  #intoValue(pair: Pair, patch: Patch, parent: YAMLMap, step: number, data: unknown): void {
    const { value } = pair;
    if (isAlias(value)) throw aliasRefused(value.source);
    if (this.#isEmpty(value) && !parent.flow) this.#fill(pair, patch, parent, step);
    else if (this.#isEmpty(value)) {
      this.#refuseShared(value);
      this.#setValue(pair, flowText(patch, isJson(pair)));
    } else if (isMap(value)) {
      const deeper =
        value.flow || parent.flow
          ? step
          : column(this.#text, start(value)) - column(this.#text, start(parent));
      // A map without keys can only be written in braces.
      if (
        !value.flow &&
        [...patch.values()].filter((change) => change === null).length === value.items.length
      ) {
        const at = this.#keyEnd(pair);
        this.edits.push({ start: at, end: at, text: " {}" });
      }
      this.intoMap(value, patch, deeper > 0 ? deeper : step, data);
    } else if (isSeq(value)) this.intoSeq(value, patch, step, data, `"${keyText(pair)}"`);
    else throw new Refused("not-a-map", `"${keyText(pair)}" is no map, so no keys can be set in it`);
  }

  #setScalar(pair: Pair, text: string, parent: YAMLMap): void {
    const { value } = pair;
    if (isAlias(value)) throw aliasRefused(value.source);
    this.#refuseShared(value);
    if (!isScalar(value) || value.type === Scalar.BLOCK_FOLDED || value.type === Scalar.BLOCK_LITERAL)
      throw new Refused("not-a-scalar", `"${keyText(pair)}" is not a plain or quoted value`);
    const source = this.#text.slice(start(value), end(value));
    if (/\$\{|\{\{/.test(source))
      throw new Refused(
        "templated-value",
        `"${keyText(pair)}" holds a placeholder that another tool fills in: ${source}`,
      );
    if (source.includes("\n")) throw new Refused("not-a-scalar", `"${keyText(pair)}" spans several lines`);
    const quote =
      source.startsWith('"') || (parent.flow && isJson(pair)) ? '"' : source.startsWith("'") ? "'" : "";
    this.#setValue(pair, text === YAML_NULL ? text : quote + text + quote);
  }

  /** With its line, and what is said of it behind; comments above stay. */
  #remove(pair: Pair, map: YAMLMap): void {
    this.#refuseShared(pair.value);
    const [from, to] = [start(pair.key), this.#contentEnd(pair)];
    if (map.flow) {
      const at = map.items.indexOf(pair);
      const [before, after] = [map.items[at - 1], map.items[at + 1]];
      if (after) this.edits.push({ start: from, end: start(after.key), text: "" });
      else this.edits.push({ start: before ? this.#contentEnd(before) : from, end: to, text: "" });
      return;
    }
    const [first, last] = [from - column(this.#text, from), lineEnd(this.#text, to)];
    if (this.#text.slice(first, from).trim() !== "")
      throw new Refused("not-its-own-line", `"${keyText(pair)}" has no line of its own that could go`);
    // The end of a file keeps its newline, or goes on without one.
    const unfinished = last === this.#text.length && !this.#text.endsWith("\n");
    const begin = unfinished ? this.#text.slice(0, first).trimEnd().length : first;
    this.edits.push({ start: begin, end: last, text: "" });
  }

  #append(pair: Pair, { item }: NewItem, parent: YAMLMap): void {
    const { value } = pair;
    if (isSeq(value) && !value.flow && value.items.length > 0) {
      this.#refuseShared(value);
      const lines = itemLines(item, column(this.#text, start(value)));
      this.#insertLines(lineEnd(this.#text, this.#contentEnd(value)), lines);
    } else if (isSeq(value) && value.items.length > 0) {
      const at = this.#contentEnd(value.items.at(-1));
      this.edits.push({ start: at, end: at, text: `, ${flowText(item, false)}` });
    } else if ((isSeq(value) && value.items.length === 0) || this.#isEmpty(value)) {
      const keyEnd = this.#keyEnd(pair);
      const valueEnd = this.#valueEnd(pair);
      if (valueEnd > keyEnd) this.edits.push({ start: keyEnd, end: valueEnd, text: "" });
      const indent = column(this.#text, start(parent)) + 2;
      this.#insertLines(lineEnd(this.#text, valueEnd), itemLines(item, indent));
    } else throw new Refused("not-a-list", `"${keyText(pair)}" is not a list with an item a line`);
  }

  /** Only lines that differ differ: the block's indentation, line endings and end stay. */
  #replaceBlock(value: unknown, text: string, where: string): void {
    this.#refuseShared(value);
    if (!isScalar(value) || value.type !== Scalar.BLOCK_LITERAL)
      throw new Refused("block-scalar", `${where} is no block of literal text (|)`);
    const from = lineEnd(this.#text, start(value));
    const body = this.#text.slice(from, end(value)).trimEnd();
    const indent = /^[ ]+/m.exec(body)?.[0] ?? "";
    const ending = lineEndingAt(this.#text, from);
    const indented = (lines: string): string =>
      lines
        .trimEnd()
        .split("\n")
        .map((line) => (line === "" ? "" : indent + line))
        .join(ending);
    if (indented(String(value.value)) !== body)
      throw new Refused("block-scalar", `the block of ${where} is laid out in an unusual way`);
    this.edits.push({ start: from, end: from + body.length, text: indented(text) });
  }

  /** Gives keys to `resources:`, `resources: {}` and `resources: null`. */
  #fill(pair: Pair, patch: Patch, parent: YAMLMap, step: number): void {
    this.#refuseShared(pair.value);
    const indent = column(this.#text, start(parent));
    const keyEnd = this.#keyEnd(pair);
    const valueEnd = this.#valueEnd(pair);
    if (valueEnd > keyEnd) this.edits.push({ start: keyEnd, end: valueEnd, text: "" });
    this.#insertLines(lineEnd(this.#text, valueEnd), blockLines(patch, indent + step, step));
  }

  #insert(map: YAMLMap, patch: Patch, step: number): void {
    const last = map.items.at(-1);
    if (map.flow) {
      const text = flowText(patch, last ? isJson(last) : false).slice(1, -1);
      const at = last ? this.#contentEnd(last) : start(map) + 1;
      this.edits.push({ start: at, end: at, text: last ? `, ${text}` : text });
      return;
    }
    const customary =
      patch.has("resources") && map.items.findLast((pair) => BEFORE_RESOURCES.has(keyText(pair)));
    const anchor = customary || last;
    if (!anchor) throw new Refused("not-a-map", "there is no key beside which to insert");
    const indent = column(this.#text, start(map));
    this.#insertLines(lineEnd(this.#text, this.#contentEnd(anchor)), blockLines(patch, indent, step));
  }

  #insertLines(at: number, lines: readonly string[]): void {
    const ending = lineEndingAt(this.#text, at);
    const block = lines.join(ending);
    const unfinished = at > 0 && this.#text[at - 1] !== "\n";
    this.edits.push({ start: at, end: at, text: unfinished ? ending + block : block + ending });
  }

  /** Nothing, `null`, or `{}`. */
  #isEmpty(value: unknown): boolean {
    if (value === null || (isScalar(value) && value.value === null)) return true;
    return isMap(value) && /^\{ *\}$/.test(this.#text.slice(start(value), end(value)));
  }

  #keyEnd(pair: Pair): number {
    return this.#text.indexOf(":", end(pair.key)) + 1;
  }

  /** The parser places an absent value behind comments and blank lines: it ends where its key does. */
  #valueEnd(pair: Pair): number {
    const { value } = pair;
    const absent = value === null || (isScalar(value) && start(value) === end(value));
    return absent ? this.#keyEnd(pair) : this.#contentEnd(value);
  }

  /** A value that is not there goes right behind its key. */
  #setValue(pair: Pair, text: string): void {
    const { value } = pair;
    const absent = value === null || start(value) === end(value);
    const at = this.#keyEnd(pair);
    this.edits.push(
      absent ? { start: at, end: at, text: ` ${text}` } : { start: start(value), end: end(value), text },
    );
  }

  /** Behind the last character that belongs to a pair, its trailing comments left out. */
  #contentEnd(node: unknown): number {
    if (isPair(node)) {
      return this.#valueEnd(node);
    }
    if ((isMap(node) || isSeq(node)) && !node.flow) {
      const last: unknown = node.items.at(-1);
      return isNode(last) || isPair(last) ? this.#contentEnd(last) : end(node);
    }
    return end(node);
  }

  #refuseShared(node: unknown): void {
    const anchor = isNode(node) && !isAlias(node) ? node.anchor : undefined;
    if (anchor !== undefined && (this.#aliases.get(anchor) ?? 0) > 0)
      throw new Refused("shared-anchor", `the value is shared by other places through the anchor &${anchor}`);
  }
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function isJson(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.type === Scalar.QUOTE_DOUBLE;
}

function aliasRefused(anchor: string): Refused {
  return new Refused("alias", `the value is an alias (*${anchor}), shared with the place that defines it`);
}
