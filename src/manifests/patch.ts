import { parse } from "yaml";
import { Refused } from "./text-edit.ts";

/** The text of YAML's null, never in quotes; no amount is written so. */
export const YAML_NULL = "null";

/** Scalars to set, nested as the document nests them; numbers are places in sequences, null takes a key away. */
export type Patch = Map<string | number, Patch | string | null | EmbeddedText | NewItem>;

/** A map to be put behind the last item of a list. */
export interface NewItem {
  readonly item: Patch;
}

/** The whole new text of a block scalar. */
export interface EmbeddedText {
  readonly embedded: string;
}

/** The lines of a patch below each other, `step` deeper at each level. */
export function blockLines(patch: Patch, indent: number, step: number): string[] {
  return [...patch].flatMap(([key, change]) => {
    const head = `${" ".repeat(indent)}${plain(String(key))}:`;
    if (typeof change === "string") return `${head} ${change}`;
    if (change !== null && "item" in change) return [head, ...itemLines(change.item, indent + step)];
    return [head, ...blockLines(innerPatch(change), indent + step, step)];
  });
}

/** `- key: value`, further keys below. */
export function itemLines(item: Patch, indent: number): string[] {
  const lines = blockLines(item, indent + 2, 2);
  return lines.map((line, index) => (index === 0 ? `${" ".repeat(indent)}- ${line.trimStart()}` : line));
}

/** In braces; as JSON where its neighbours are. */
export function flowText(patch: Patch, json: boolean): string {
  const quote = (text: string): string => (json ? JSON.stringify(text) : plain(text));
  const scalar = (text: string): string => (json && text !== YAML_NULL ? quote(text) : text);
  const pairs = [...patch].map(([key, change]) => {
    const value = typeof change === "string" ? scalar(change) : flowText(innerPatch(change), json);
    return `${quote(String(key))}: ${value}`;
  });
  return `{${pairs.join(", ")}}`;
}

/** What is not there yet is made of keys and scalars alone. */
function innerPatch(change: Patch | EmbeddedText | NewItem | null): Patch {
  if (change instanceof Map) return change;
  throw new Refused("not-a-scalar", "there is no block of text to edit");
}

/** A key as it may stand unquoted, quoted where YAML would read something else. */
function plain(key: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(key) && typeof parse(key) === "string" ? key : JSON.stringify(key);
}
