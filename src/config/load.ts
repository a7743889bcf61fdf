import { readFile } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLParseError,
} from "yaml";
import type { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { type Config, configSchema } from "./schema.ts";

/** Reads and checks a configuration file. Every fault is named as `file:line:column` in one `InputError`. */
export async function loadConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new InputError(
      `--config ${file}: can't be read (${code}); write one as docs/configuration.md shows`,
    );
  }
  return parseConfig(text, file);
}

export function parseConfig(text: string, file: string): Config {
  return parseWith(configSchema, text, file);
}

/** Reads YAML as a schema says; every fault is named as `file:line:column` in one `InputError`. */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  file: string,
): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: "error" });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0)
    throw new InputError(
      document.errors.map((error) => `${at(error.pos[0])}: ${syntaxFault(error)}`).join("\n"),
    );
  const parsed = schema.safeParse(dataOf(document, file) ?? {});
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues
    .flatMap((issue) => faults(issue, schema))
    .map(({ path, message }) => ({ offset: offsetOf(document, path), message }));
  throw new InputError(
    found
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => `${at(offset)}: ${message}`)
      .join("\n"),
  );
}

/** What a schema makes of values that stand in no file alone, as flags do; names every fault in one `InputError`. */
export function checkedWith<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((issue) => faults(issue, schema));
  throw new InputError(found.map(({ message }) => message).join("\n"));
}

/** `file:line:column` of a value in a text that can be read. */
export function placeIn(text: string, file: string, path: readonly PropertyKey[]): string {
  const lines = new LineCounter();
  const { line, col } = lines.linePos(offsetOf(parseDocument(text, { lineCounter: lines }), path));
  return `${file}:${line}:${col}`;
}

function syntaxFault({ code, message }: YAMLParseError): string {
  if (code === "MULTIPLE_DOCS") return "another document begins here, and only one is read";
  return message.split("\n", 1)[0] ?? message;
}

/** Aliases and merge keys are resolved here, so that what is wrong with them has no place. */
function dataOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new InputError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Fault = { readonly path: readonly PropertyKey[]; readonly message: string };

function faults(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `unknown key "${key}"${inside(issue.path)}${suggestion(key, issue.path, schema)}`,
    }));
  // Of the ways to write a value, the one that was meant: whose kind is right.
  const meant =
    issue.code === "invalid_union"
      ? issue.errors.find((way) => !way.some(({ code, path }) => path.length === 0 && WRONG_KINDS.has(code)))
      : undefined;
  if (meant)
    return meant.flatMap((inner) => faults({ ...inner, path: [...issue.path, ...inner.path] }, schema));
  const subject = issue.path.length > 0 ? `${issue.path.map(String).join(".")}: ` : "";
  const said = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const message = said.endsWith("received undefined") ? "is missing" : said;
  return [{ path: issue.path, message: `${subject}${message}` }];
}

/** With one of these at its root, a way to write a value is not the one that was meant. */
const WRONG_KINDS = new Set(["invalid_type", "invalid_value", "invalid_union"]);

function inside(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "" : ` in ${path.map(String).join(".")}`;
}

/** `; did you mean "percentile"?` where a known key is close. */
function suggestion(key: string, path: readonly PropertyKey[], root: z.ZodType): string {
  const known = knownKeys(path, root);
  const near = known.length > 0 ? closest(key, known) : undefined;
  return near !== undefined && distance(key.toLowerCase(), near.toLowerCase()) <= 3
    ? `; did you mean "${near}"?`
    : "";
}

function knownKeys(path: readonly PropertyKey[], root: z.ZodType): string[] {
  let schema: unknown = root.toJSONSchema({ io: "input" });
  const child = (node: unknown, key: string): unknown =>
    typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined;
  const ways = (node: unknown): unknown[] => {
    const several = child(node, "anyOf");
    return Array.isArray(several) ? several : [node];
  };
  for (const step of path) {
    const inside = (node: unknown): unknown =>
      typeof step === "number" ? child(node, "items") : child(child(node, "properties"), String(step));
    schema = ways(schema)
      .map(inside)
      .find((node) => node !== undefined);
  }
  return ways(schema).flatMap((node) => Object.keys(Object(child(node, "properties"))));
}

/** Where a value stands; where it is missing, where the map stands that should hold it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
