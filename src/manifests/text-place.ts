import { isNode } from "yaml";
import { Refused } from "./text-edit.ts";

/** Where a node of a document begins in its text. */
export function start(node: unknown): number {
  return range(node)[0];
}

/** Behind its last character. */
export function end(node: unknown): number {
  return range(node)[1];
}

function range(node: unknown): readonly [number, number, number] {
  const found = isNode(node) ? node.range : undefined;
  if (!found) throw new Refused("not-a-map", "the place to edit can't be found in the text");
  return found;
}

/** Counted from 0. */
export function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** The start of the line behind the one that holds `offset - 1`, or the end of the text. */
export function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const newline = text.indexOf("\n", offset);
  return newline === -1 ? text.length : newline + 1;
}
