import {
  type Document,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Reason } from "../domain/reason.ts";

/** A parsed stream; `values[i]` is the plain data of `documents[i]`, merge keys and aliases resolved. */
export interface YamlStream {
  readonly documents: readonly Document[];
  readonly values: readonly unknown[];
}

/** Deeper nesting is an attack on the parser's stack, not a manifest. */
const DEEPEST_FLOW = 200;

/** Each value takes some 500 bytes while it is parsed; manifests of 8 MiB have a tenth of that. */
const MOST_VALUES = 400_000;

/** Parses a stream of YAML (or JSON) documents, or says why none of it can be edited. */
export function parseDocuments(text: string): YamlStream | { refused: Reason } {
  if (flowDepth(text) > DEEPEST_FLOW) return tooDeep();
  if (mostValues(text) > MOST_VALUES) return refused("file-too-large", "the file holds too many values");
  const lineCounter = new LineCounter();
  try {
    // The parser compares every key with all before it, which takes hours for a map that is made to.
    const options = { merge: true, uniqueKeys: false, lineCounter, logLevel: "silent" } as const;
    const parsed = parseAllDocuments(text, options);
    const documents: Document[] = parsed.length > 0 ? [...parsed] : [parseDocument(text, options)];
    for (const document of documents) {
      const [error] = document.errors;
      if (error) {
        if (error.code === "RESOURCE_EXHAUSTION") return tooDeep();
        const line = lineCounter.linePos(error.pos[0]).line;
        const detail = error.message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "");
        return refused("yaml-invalid", `the file is not valid YAML: ${detail}`, line);
      }
      const twice = keyGivenTwice(document);
      if (twice !== undefined)
        return refused(
          "duplicate-keys",
          "the file is not valid YAML: Map keys must be unique",
          lineCounter.linePos(twice).line,
        );
    }
    return { documents, values: documents.map((document) => document.toJS() as unknown) };
  } catch (error) {
    if (error instanceof RangeError) return tooDeep();
    if (!(error instanceof Error)) throw error;
    // Aliases and merge keys are resolved only when the data is made, so their faults come as exceptions.
    if (error.message.startsWith("Excessive alias count"))
      return refused("yaml-bomb", "the file's aliases expand without bound");
    return refused("yaml-invalid", `the file is not valid YAML: ${error.message}`);
  }
}

/** How often each anchor is referred to, besides where it is defined. */
export function aliasUses(document: Document): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  visit(document, {
    Alias: (_, alias) => void uses.set(alias.source, (uses.get(alias.source) ?? 0) + 1),
  });
  return uses;
}

/** A file encrypted by SOPS: its values are not what they seem, and its checksum would break. */
export function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("sops" in value)) return false;
  const { sops } = value;
  return typeof sops === "object" && sops !== null && ("mac" in sops || "lastmodified" in sops);
}

/** The offset of the first key that its map has already. */
function keyGivenTwice(document: Document): number | undefined {
  let found: number | undefined;
  const check = (_: unknown, map: YAMLMap): symbol | undefined => {
    const seen = new Set<unknown>();
    for (const { key } of map.items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) {
        found = key.range?.[0] ?? 0;
        return visit.BREAK;
      }
      seen.add(key.value);
    }
    return undefined;
  };
  visit(document, { Map: check });
  return found;
}

function tooDeep(): { refused: Reason } {
  return refused("yaml-too-deep", "the document is nested too deeply");
}

/** No more than that: each value stands in a line of its own, or behind a comma. */
function mostValues(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === COMMA) count += 1;
  }
  return count;
}

const NEWLINE = 10;
const COMMA = 44;

function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [character] of text.matchAll(/[[\]{}]/g)) {
    depth = character === "[" || character === "{" ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function refused(code: string, message: string, line?: number): { refused: Reason } {
  return { refused: { code, message, ...(line === undefined ? {} : { line }) } };
}
