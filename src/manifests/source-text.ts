import type { Reason } from "../domain/reason.ts";

/** Larger files are not manifests that people edit; parsing them would hold everything else up. */
export const LARGEST_FILE = 8 * 2 ** 20;

const GENERATED = /\b(?:auto)?generated\b|\bmanaged\b/i;
const DO_NOT_EDIT = /\bdo not (?:edit|modify)\b/i;
const LFS_POINTER = "version https://git-lfs.github.com/spec/";
/** Where a header may say that a file is generated. */
const HEADER_CHARACTERS = 1000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a file whose bytes can be written back unchanged, or why it is left alone. */
export function decodeSource(bytes: Uint8Array): { text: string } | { refused: Reason } {
  if (bytes.length > LARGEST_FILE)
    return refused("file-too-large", `the file is larger than ${LARGEST_FILE / 2 ** 20} MiB`);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return refused("not-utf8", "the file is not valid UTF-8");
  }
  if (text.startsWith(LFS_POINTER)) return refused("lfs-pointer", "the file is a Git LFS pointer");
  return { text };
}

/** Why people should not edit this text by hand, and so Loadline does not either. */
export function handsOff(text: string): Reason | undefined {
  const comments = text.slice(0, HEADER_CHARACTERS).matchAll(/^[ \t]*(?:#|\/\/)(.*)$/gm);
  const lines = [...comments].map(([, line = ""]) => line);
  // The two halves stand in one line or in neighbouring ones, in either order.
  const pairs = lines.map((line, index) => `${line} ${lines[index + 1] ?? ""}`);
  if (pairs.some((pair) => GENERATED.test(pair) && DO_NOT_EDIT.test(pair)))
    return { code: "generated", message: "the file says that it is generated: change what generates it" };
  return undefined;
}

/** Line and column, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Tells the position of offsets of a text; its lines are counted once, for many questions. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [first, behind] = [0, starts.length];
    while (behind - first > 1) {
      const middle = (first + behind) >> 1;
      if ((starts[middle] ?? 0) <= offset) first = middle;
      else behind = middle;
    }
    return { line: first + 1, column: offset - (starts[first] ?? 0) + 1 };
  };
}

/** The line ending in use at a place: that of the line before it, else of the first line. */
export function lineEndingAt(text: string, offset: number): "\r\n" | "\n" {
  const newline = text.lastIndexOf("\n", Math.max(offset - 1, 0));
  const at = newline === -1 ? text.indexOf("\n") : newline;
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
