import { isDeepStrictEqual } from "node:util";
import type { KeyPath } from "./key-path.ts";

/**
 * Where two pieces of plain data differ: the paths of the deepest values that are not equal. A key that only
 * one side has counts with its whole value; sequences of different length differ as a whole.
 */
export function differences(before: unknown, after: unknown, at: KeyPath = []): KeyPath[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item: unknown, index) => differences(item, after[index], [...at, index]));
  if (isPlainRecord(before) && isPlainRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], [...at, key]));
  }
  if (before === undefined && isPlainRecord(after) && Object.keys(after).length > 0)
    return differences({}, after, at);
  return isDeepStrictEqual(before, after) ? [] : [at];
}

function isPlainRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
