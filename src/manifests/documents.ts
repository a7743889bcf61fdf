import { type Document, LineCounter, parseAllDocuments, parseDocument, visit } from "yaml";
import type { Reason } from "../domain/reason.ts";

/** A parsed stream; `values[i]` is the plain data of `documents[i]`, merge keys and aliases resolved. */
export interface YamlStream {
  readonly documents: readonly Document[];
  readonly values: readonly unknown[];
}

/** Deeper nesting is an attack on the parser's stack, not a manifest. */
const DEEPEST_FLOW = 200;

/** Parses a stream of YAML (or JSON) documents, or says why none of it can be edited. */
export function parseDocuments(text: string): YamlStream | { refused: Reason } {
  if (flowDepth(text) > DEEPEST_FLOW) return refused("yaml-too-deep", "the document is nested too deeply");
  const lineCounter = new LineCounter();
  try {
    const options = { merge: true, lineCounter, logLevel: "silent" } as const;
    const parsed = parseAllDocuments(text, options);
    const documents: Document[] = parsed.length > 0 ? [...parsed] : [parseDocument(text, options)];
    for (const document of documents) {
      const [error] = document.errors;
      if (error) {
        const duplicate = error.code === "DUPLICATE_KEY";
        const line = lineCounter.linePos(error.pos[0]).line;
        const detail = error.message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "");
        return refused(
          duplicate ? "duplicate-keys" : "yaml-invalid",
          `the file is not valid YAML: ${detail}`,
          line,
        );
      }
    }
    return { documents, values: documents.map((document) => document.toJS() as unknown) };
  } catch (error) {
    if (error instanceof RangeError) return refused("yaml-too-deep", "the document is nested too deeply");
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
