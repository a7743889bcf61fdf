import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from "js-yaml";
import type { Reason } from "../../domain/reason.ts";
import { cleanMessage, shownName } from "./message.ts";

/** What a renderer printed; `templates[i]` is the file that `objects[i]` came from, where the renderer says so. */
export interface RenderedObjects {
  readonly objects: readonly unknown[];
  readonly templates: readonly (string | undefined)[];
  /** Something of it was fetched, and may be another thing the next time. */
  readonly fetched?: boolean;
}

export type Rendered = RenderedObjects | { readonly refused: Reason };

/** Aliases may make a small text a vast object; real renders hold some 100,000 values. */
const MOST_VALUES = 5_000_000;
const DEEPEST = 200;
/** Lines of one template, each of which costs another parse. */
const MOST_MOVED = 100;
const FAR_RIGHT = " ".repeat(100);

/**
 * A key given twice counts as the cluster counts it: the last one. Not for files that are edited: these go
 * through `parseDocuments`, which is exact and slow.
 */
const YAML_OPTIONS = { schema: CORE_SCHEMA.withTags(mergeTag), json: true, maxDepth: DEEPEST } as const;

/** Where helm says which template the text below came from. */
const SOURCE = /^---[ \t]*\r?\n# Source: (.+)\r?\n/gm;

/** Plain data of a stream of documents; empty documents are left out. */
export function parseRendered(text: string): Rendered {
  const objects: unknown[] = [];
  const templates: (string | undefined)[] = [];
  for (const { template, body } of bySource(text)) {
    const strict = parseYaml(body);
    const values = "refused" in strict && strict.refused.code === "yaml-invalid" ? parseAsGo(body) : strict;
    if ("refused" in values) {
      const place = template === undefined ? "" : ` of ${shownName(template)}`;
      return refused(values.refused.code, `the rendered output${place}: ${values.refused.message}`);
    }
    for (const value of values.values.filter((value) => value !== null && value !== undefined)) {
      objects.push(value);
      templates.push(template);
    }
  }
  return { objects, templates };
}

/**
 * The renderers' own parser lets lines inside of brackets and quotes stand as far left as their key. Space in
 * front of them means nothing, so they are moved to the right until it is YAML to the letter.
 */
function parseAsGo(text: string): ReturnType<typeof parseYaml> {
  const lines = text.split("\n");
  for (let moved = 0; moved < MOST_MOVED; moved += 1) {
    const line = lineTooFarLeft(lines.join("\n"));
    if (line === undefined) break;
    lines[line] = FAR_RIGHT + (lines[line] ?? "");
  }
  return parseYaml(lines.join("\n"));
}

/** From 0. */
function lineTooFarLeft(text: string): number | undefined {
  try {
    loadAll(text, YAML_OPTIONS);
    return undefined;
  } catch (error) {
    return error instanceof YAMLException && error.reason === "deficient indentation"
      ? error.mark?.line
      : undefined;
  }
}

/** Fast, for text that is read and never edited. */
export function parseYaml(text: string): { values: readonly unknown[] } | { refused: Reason } {
  try {
    const values = loadAll(text, YAML_OPTIONS);
    if (text.includes("*") && text.includes("&") && countValues(values, new Map()) > MOST_VALUES)
      return refused("yaml-bomb", "its aliases expand without bound");
    return { values };
  } catch (error) {
    if (error instanceof YAMLException && error.reason.startsWith("nesting exceeded"))
      return refused("yaml-too-deep", "the document is nested too deeply");
    if (error instanceof YAMLException || error instanceof RangeError)
      return refused("yaml-invalid", `it is not valid YAML: ${cleanMessage(error.message)}`);
    throw error;
  }
}

/** Whether some map has a key twice, which {@link parseYaml} overlooks. */
export function hasKeyTwice(text: string): boolean {
  try {
    loadAll(text, { ...YAML_OPTIONS, json: false });
    return false;
  } catch (error) {
    return error instanceof YAMLException && /duplicate/i.test(error.message);
  }
}

function* bySource(text: string): Generator<{ template: string | undefined; body: string }> {
  let template: string | undefined;
  let start = 0;
  for (const match of text.matchAll(SOURCE)) {
    yield { template, body: text.slice(start, match.index) };
    template = match[1]?.trim();
    start = match.index + match[0].length;
  }
  yield { template, body: text.slice(start) };
}

/** With every alias counted as if it were written out. */
function countValues(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const counted = known.get(value);
  if (counted !== undefined) return counted;
  // An alias to what contains it has no end.
  known.set(value, Number.POSITIVE_INFINITY);
  const count = Object.values(value).reduce<number>((sum, child) => sum + countValues(child, known), 1);
  known.set(value, count);
  return count;
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
