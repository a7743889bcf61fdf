import { createHash } from "node:crypto";
import { isRecord } from "../../../manifests/key-path.ts";
import { shownName } from "../../render/message.ts";
import { refuse } from "../../refusal.ts";
import { encodings } from "./encodings.ts";
import { goText, isTrue } from "./values.ts";
import { list, record, text, whole, wrongArgument } from "./arguments.ts";

const LONGEST = 2 ** 20;

type Function = (...values: readonly unknown[]) => unknown;

/** Calls one of those functions of Go, sprig and Argo CD that are known here; others are refused by name. */
export function callFunction(name: string, values: readonly unknown[]): unknown {
  const called = FUNCTIONS.get(name);
  if (!called)
    return refuse(
      "appset-template",
      `the template uses the function ${shownName(name)}, which is not supported`,
    );
  const result = called(...values);
  if (typeof result === "string" && result.length > LONGEST)
    refuse("appset-template", `what ${name} makes is too long`);
  return result;
}

const logic: Record<string, Function> = {
  not: (value) => !isTrue(value),
  eq: (first, ...others) => {
    if (others.length === 0) wrongArgument();
    return others.some((other) => equal(first, other));
  },
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  default: (fallback, ...given) => (given.length > 0 && isTrue(given[0]) ? given[0] : fallback),
  empty: (value) => !isTrue(value),
  coalesce: (...values) => values.find(isTrue) ?? null,
  all: (...values) => values.every(isTrue),
  any: (...values) => values.some(isTrue),
  ternary: (yes, no, condition) =>
    typeof condition === "boolean" ? (condition ? yes : no) : wrongArgument(),
  fail: (message) => refuse("appset-template", `the template fails: ${shownName(text(message))}`),
  kindOf: kindOf,
  kindIs: (kind, value) => kindOf(value) === text(kind),
};

const strings: Record<string, Function> = {
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  trim: (value) => text(value).trim(),
  trimSuffix: (suffix, value) =>
    suffix !== "" && text(value).endsWith(text(suffix))
      ? text(value).slice(0, -text(suffix).length)
      : text(value),
  trimPrefix: (prefix, value) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : text(value),
  trimAll: (cutset, value) => trimAll(text(cutset), text(value)),
  replace: (old, fresh, value) => text(value).replaceAll(text(old), () => text(fresh)),
  contains: (part, value) => text(value).includes(text(part)),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  quote: (...values) =>
    shown(values)
      .map((value) => JSON.stringify(value))
      .join(" "),
  squote: (...values) =>
    shown(values)
      .map((value) => `'${value}'`)
      .join(" "),
  cat: (...values) => shown(values).join(" "),
  nospace: (value) => text(value).replaceAll(/\s/g, ""),
  indent: (spaces, value) => indented(whole(spaces), text(value)),
  nindent: (spaces, value) => `\n${indented(whole(spaces), text(value))}`,
  trunc: (count, value) => {
    const length = whole(count);
    return length < 0 ? ascii(value).slice(length) : ascii(value).slice(0, length);
  },
  substr: (from, to, value) => {
    const [start, end, given] = [Math.max(0, whole(from)), whole(to), ascii(value)];
    if (start > given.length || (end >= 0 && end < start)) return wrongArgument();
    return given.slice(start, end < 0 ? undefined : end);
  },
  repeat: (count, value) => {
    if (whole(count) < 0 || whole(count) * text(value).length > LONGEST) wrongArgument();
    return text(value).repeat(whole(count));
  },
  toString: (value: unknown) => goText(value),
  normalize: (value) => normalizeName(text(value)),
  print: (...values) =>
    values
      .map(
        (value, index) =>
          (index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string" ? " " : "") +
          goText(value),
      )
      .join(""),
  printf: (format, ...values) => formatted(text(format), values),
  sha256sum: (value) => createHash("sha256").update(text(value)).digest("hex"),
  sha1sum: (value) => createHash("sha1").update(text(value)).digest("hex"),
};

const collections: Record<string, Function> = {
  len: (value) =>
    BigInt(
      typeof value === "string"
        ? Buffer.byteLength(value)
        : isRecord(value)
          ? Object.keys(value).length
          : list(value).length,
    ),
  index: (value, ...keys) => keys.reduce(itemAt, value),
  list: (...values) => values,
  first: (value) => list(value)[0] ?? null,
  last: (value) => list(value).at(-1) ?? null,
  rest: (value) => list(value).slice(1),
  initial: (value) => list(value).slice(0, -1),
  reverse: (value) => list(value).toReversed(),
  uniq: (value) => [...new Set(list(value))],
  compact: (value) => list(value).filter(isTrue),
  concat: (...values) => values.flatMap(list),
  append: (value, item) => [...list(value), item],
  prepend: (value, item) => [item, ...list(value)],
  has: (item, value) => value !== null && list(value).includes(item),
  without: (value, ...items) => list(value).filter((item) => !items.includes(item)),
  sortAlpha: (value) => list(value).map(goText).sort(),
  join: (separator, value) => (Array.isArray(value) ? shown(value) : [goText(value)]).join(text(separator)),
  splitList: (separator, value) => text(value).split(text(separator)),
  split: (separator, value) =>
    Object.fromEntries(
      text(value)
        .split(text(separator))
        .map((part, index) => [`_${index}`, part]),
    ),
  dict: (...values) =>
    Object.fromEntries(
      Array.from({ length: Math.ceil(values.length / 2) }, (_, pair) => [
        goText(values[2 * pair]),
        values[2 * pair + 1] ?? "",
      ]),
    ),
  get: (value, key) => (Object.hasOwn(record(value), text(key)) ? record(value)[text(key)] : ""),
  hasKey: (value, key) => Object.hasOwn(record(value), text(key)),
  pick: (value, ...keys) =>
    Object.fromEntries(Object.entries(record(value)).filter(([key]) => keys.includes(key))),
  omit: (value, ...keys) =>
    Object.fromEntries(Object.entries(record(value)).filter(([key]) => !keys.includes(key))),
  dig: (...values) => {
    let value: unknown = values.at(-1);
    for (const key of values.slice(0, -2).map(text)) {
      if (!Object.hasOwn(record(value), key)) return values.at(-2);
      value = record(value)[key];
    }
    return value;
  },
};

const numbers: Record<string, Function> = {
  int: integer,
  int64: integer,
  atoi: integer,
  float64: (value) => Number(integerOrFloat(value)),
  add: (...values) => values.map(integer).reduce((sum, value) => sum + value, 0n),
  add1: (value) => integer(value) + 1n,
  sub: (a, b) => integer(a) - integer(b),
  mul: (first, ...others) =>
    others.map(integer).reduce((product, value) => BigInt.asIntN(64, product * value), integer(first)),
  div: (a, b) => (integer(b) === 0n ? wrongArgument() : integer(a) / integer(b)),
  mod: (a, b) => (integer(b) === 0n ? wrongArgument() : integer(a) % integer(b)),
  max: (...values) => values.map(integer).reduce((a, b) => (a > b ? a : b)),
  min: (...values) => values.map(integer).reduce((a, b) => (a < b ? a : b)),
};

const FUNCTIONS: ReadonlyMap<string, Function> = new Map(
  Object.entries({ ...logic, ...strings, ...collections, ...numbers, ...encodings }),
);

/** As Argo CD makes a name of any text: letters, digits, `-` and `.`. */
export function normalizeName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^-a-z0-9.]/gu, "-")
    .slice(0, 253)
    .replaceAll(/^[-.]+|[-.]+$/g, "");
}

function equal(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  return compare(a, b) === 0;
}

/** Go compares only values of one basic kind; it takes a whole number for another kind than a float. */
function compare(a: unknown, b: unknown): number {
  const isBasic =
    typeof a === "string" || typeof a === "number" || typeof a === "bigint" || typeof a === "boolean";
  if (!isBasic || typeof a !== typeof b)
    return refuse("appset-template", "the template compares what Go can't compare");
  if (a === b) return 0;
  return typeof b === typeof a && String(a) !== String(b) && lessThan(a, b) ? -1 : 1;
}

function lessThan(a: string | number | bigint | boolean, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return a < b;
  if (typeof a === "number" && typeof b === "number") return a < b;
  return typeof a === "bigint" && typeof b === "bigint" && a < b;
}

function itemAt(value: unknown, key: unknown): unknown {
  if (isRecord(value)) return Object.hasOwn(value, text(key)) ? value[text(key)] : null;
  const index = whole(key);
  const items = list(value);
  return index >= 0 && index < items.length ? items[index] : wrongArgument();
}

/** Go cuts between bytes, which are characters only here. */
function ascii(value: unknown): string {
  const given = text(value);
  return Buffer.byteLength(given) === given.length ? given : wrongArgument();
}

/** What sprig shows of each; nothing of nil. */
function shown(values: readonly unknown[]): string[] {
  return values.filter((value) => value !== null && value !== undefined).map(goText);
}

function indented(spaces: number, value: string): string {
  if (spaces < 0 || spaces > 200) wrongArgument();
  const pad = " ".repeat(spaces);
  return pad + value.replaceAll("\n", `\n${pad}`);
}

function trimAll(cutset: string, value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && cutset.includes(value.charAt(start))) start += 1;
  while (end > start && cutset.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function formatted(format: string, values: readonly unknown[]): string {
  let next = 0;
  const result = format.replaceAll(/%(.?)/gs, (_, verb: string) => {
    if (verb === "%") return "%";
    if (next >= values.length) wrongArgument();
    const value = values[next];
    next += 1;
    if (
      verb === "v" ||
      (verb === "s" && typeof value === "string") ||
      (verb === "d" && typeof value === "bigint")
    )
      return goText(value);
    return verb === "q"
      ? JSON.stringify(text(value))
      : refuse("appset-template", `the template formats with %${verb}, which is not supported`);
  });
  return next === values.length ? result : wrongArgument();
}

function integer(value: unknown): bigint {
  const number = integerOrFloat(value);
  return typeof number === "bigint" ? number : BigInt(Math.trunc(number));
}

function integerOrFloat(value: unknown): bigint | number {
  if (typeof value === "bigint") return value;
  if (value === null) return 0n;
  if (typeof value === "number" && Number.isSafeInteger(Math.trunc(value))) return value;
  if (typeof value === "string" && /^-?(?:0|[1-9]\d{0,17})$/.test(value)) return BigInt(value);
  return wrongArgument();
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (value === null || value === undefined) return "invalid";
  return KINDS[typeof value] ?? "map";
}

const KINDS: Partial<Record<string, string>> = {
  string: "string",
  number: "float64",
  bigint: "int",
  boolean: "bool",
};
