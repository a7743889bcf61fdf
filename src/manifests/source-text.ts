import type { Reason } from "../domain/reason.ts";

/** Larger files are not manifests that people edit; parsing them would hold everything else up. */
export const LARGEST_FILE = 8 * 2 ** 20;

const GENERATED = /^\s*(?:#|\/\/).*\b(?:generated|managed)\b.*\bdo not (?:edit|modify)\b/im;
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
  if (GENERATED.test(text.slice(0, HEADER_CHARACTERS)))
    return { code: "generated", message: "the file says that it is generated: change what generates it" };
  return undefined;
}

/** Line and column, both counted from 1, of a place in a text. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
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
