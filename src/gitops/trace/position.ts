import { isNode } from "yaml";
import { parseDocuments, type YamlStream } from "../../manifests/documents.ts";
import type { KeyPath } from "../../manifests/key-path.ts";
import { type Position, positionsIn } from "../../manifests/source-text.ts";
import type { Sources } from "../sources.ts";
import type { Place } from "./place.ts";

interface Parsed {
  readonly text: string;
  readonly stream: YamlStream;
  readonly positionOf: (offset: number) => Position;
}

/** Finds lines and columns; each file is parsed exactly once, and only if asked for. */
export class Positions {
  readonly #sources: Sources;
  readonly #parsed = new Map<string, Promise<Parsed | undefined>>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Of the value, or of the nearest thing on the way to it that is there; counted from 1. */
  async of({ file, document, path, inner }: Place): Promise<Position> {
    const parsed = await (this.#parsed.get(file) ?? this.#parse(file));
    if (!parsed) return { line: 1, column: 1 };
    const outer = parsed.positionOf(offsetOf(parsed.stream, document, path));
    const embedded = inner && parsed.stream.documents[document]?.getIn(path);
    if (!inner || typeof embedded !== "string") return outer;
    const stream = parseDocuments(embedded);
    if ("refused" in stream) return outer;
    const within = positionsIn(embedded)(offsetOf(stream, inner.document, inner.path));
    // The block begins on the line below its key.
    const [first = ""] = parsed.text.split("\n").slice(outer.line, outer.line + 1);
    return { line: outer.line + within.line, column: within.column + (/^ */.exec(first)?.[0].length ?? 0) };
  }

  async #parse(file: string): Promise<Parsed | undefined> {
    const parsing = this.#sources.text(file).then((source) => {
      const stream = "refused" in source ? source : parseDocuments(source.text);
      return "refused" in source || "refused" in stream
        ? undefined
        : { text: source.text, stream, positionOf: positionsIn(source.text) };
    });
    this.#parsed.set(file, parsing);
    return await parsing;
  }
}

function offsetOf(stream: YamlStream, document: number, path: KeyPath): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown =
      length === 0
        ? stream.documents[document]?.contents
        : stream.documents[document]?.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
