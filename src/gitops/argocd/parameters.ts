import { isRecord } from "../../manifests/key-path.ts";
import { goText } from "./go-template/values.ts";

/** What a generator gives to the template, once an Application. */
export type Parameters = Readonly<Record<string, unknown>>;

/** `{ a: { b: [1] } }` becomes `{ "a.b.0": "1" }`. */
export function flattened(value: Parameters): Record<string, string> {
  const flat: [string, string][] = [];
  const visit = (child: unknown, name: string): void => {
    const children = isRecord(child) || Array.isArray(child) ? Object.entries(child) : undefined;
    if (children) for (const [key, inner] of children) visit(inner, name === "" ? key : `${name}.${key}`);
    else flat.push([name, goText(child)]);
  };
  for (const [key, child] of Object.entries(value)) visit(child, key);
  return Object.fromEntries(flat);
}

/** Maps are merged, and of all else the second counts. */
export function mergedOver(first: Parameters, second: Parameters): Parameters {
  const merged = new Map(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const known = merged.get(key);
    merged.set(key, isRecord(known) && isRecord(value) ? mergedOver(known, value) : value);
  }
  return Object.fromEntries(merged);
}
