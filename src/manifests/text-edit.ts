import type { Reason } from "../domain/reason.ts";

/** Replaces the UTF-16 range `start..end` of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Thrown while edits are planned, caught where planning began: the file is left alone. */
export class Refused extends Error {
  readonly reason: Reason;

  constructor(code: string, message: string) {
    super(message);
    this.reason = { code, message };
  }
}

/** Edits must not overlap; insertions at one place keep their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let from = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < from) throw new RangeError("edits overlap");
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}
