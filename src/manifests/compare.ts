import { isDeepStrictEqual } from "node:util";
import type { KeyPath } from "./key-path.ts";

/**
 * Where two pieces of plain data differ: the paths of the deepest values that are not equal. A map that takes
 * the place of nothing, or of null, counts with each of its values; one that goes away counts as a whole, and
 * so do sequences of different length.
 */
export function differences(before: unknown, after: unknown, at: KeyPath = []): KeyPath[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item: unknown, index) => differences(item, after[index], [...at, index]));
  if (isPlainRecord(before) && isPlainRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(own(before, key), own(after, key), [...at, key]));
  }
  if ((before === undefined || before === null) && isPlainRecord(after) && Object.keys(after).length > 0)
    return differences({}, after, at);
  return isDeepStrictEqual(before, after) ? [] : [at];
}

/** Not the `constructor` or `__proto__` that every object inherits. */
function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** YAML's tags also make dates, sets and ordered maps: those are compared as a whole. */
function isPlainRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
