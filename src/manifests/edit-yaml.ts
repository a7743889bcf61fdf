import { isDeepStrictEqual } from "node:util";
import type { Reason } from "../domain/reason.ts";
import { aliasUses, isEncrypted, parseDocuments } from "./documents.ts";
import { formatKeyPath, type KeyPath, valueAt } from "./key-path.ts";
import { type EmbeddedText, type Patch, YAML_NULL } from "./patch.ts";
import { planEdits } from "./plan-edits.ts";
import { handsOff } from "./source-text.ts";
import { applyEdits, Refused, type TextEdit } from "./text-edit.ts";

/** One scalar to set, whether it is there already or not, or to take away. */
export interface ScalarChange {
  /** Which document of the stream, counted from 0. */
  readonly document: number;
  readonly path: KeyPath;
  /** The scalar at `path` is a block of YAML, and this is the place in there. */
  readonly inner?: { readonly document: number; readonly path: KeyPath };
  /** The text of the scalar, without quotes: those around it stay, but for {@link YAML_NULL}. `null` takes its key away. */
  readonly value: string | null;
}

/**
 * Puts a map of texts behind the last item of a list at the root of a document, which is made where it is
 * missing. As careful as {@link editYaml}.
 */
export function appendItem(
  text: string,
  list: string,
  item: Readonly<Record<string, string>>,
): { text: string } | { refused: Reason } {
  const stream = parseDocuments(text);
  if ("refused" in stream) return stream;
  const [document] = stream.documents;
  const [root] = stream.values;
  if (!document || stream.documents.length > 1)
    return { refused: { code: "not-a-map", message: "the file holds several documents" } };
  try {
    const patch: Patch = new Map(Object.entries(item));
    const edited = applyEdits(
      text,
      planEdits(text, document, aliasUses(document), new Map([[list, { item: patch }]])),
    );
    const after = parseDocuments(edited);
    const items: unknown = valueAt(root, [list]);
    const expected = withValues(root, [
      { path: [list], value: [...(Array.isArray(items) ? items : []), { ...item }] },
    ]);
    return !("refused" in after) && isDeepStrictEqual(after.values, [expected])
      ? { text: edited }
      : {
          refused: {
            code: "edit-not-faithful",
            message: `nothing can be added to ${list} without side effects`,
          },
        };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}

/**
 * Sets scalars in a stream of YAML or JSON documents, or takes them away with their keys, and touches nothing else: quotes, comments, indentation,
 * line endings and the final newline stay. The result is parsed again and must equal the intended data; where
 * that can't be had, nothing is changed and the reason returned.
 */
export function editYaml(
  text: string,
  changes: readonly ScalarChange[],
): { text: string; edits: readonly TextEdit[] } | { refused: Reason } {
  const stream = parseDocuments(text);
  if ("refused" in stream) return stream;
  const generated = handsOff(text);
  if (generated) return { refused: generated };
  if (stream.values.some(isEncrypted))
    return { refused: { code: "sops", message: "the file is encrypted with SOPS" } };

  const edits: TextEdit[] = [];
  try {
    for (const [index, document] of stream.documents.entries()) {
      const patch = toPatch(
        changes.filter((change) => change.document === index),
        stream.values[index],
      );
      if (patch.size === 0) continue;
      for (const edit of planEdits(text, document, aliasUses(document), patch)) edits.push(edit);
    }
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
  const edited = applyEdits(text, edits);
  const unfaithful = verify(edited, stream.values, changes);
  return unfaithful ? { refused: unfaithful } : { text: edited, edits };
}

function toPatch(changes: readonly ScalarChange[], data: unknown): Patch {
  const root: Patch = new Map();
  for (const [place, atPlace] of Map.groupBy(changes, ({ path }) => formatKeyPath(path))) {
    const [first] = atPlace;
    const last = first?.path.at(-1);
    if (!first || last === undefined) continue;
    let patch = root;
    for (const step of first.path.slice(0, -1)) {
      const inner = patch.get(step);
      const next: Patch = inner instanceof Map ? inner : new Map();
      patch.set(step, next);
      patch = next;
    }
    patch.set(last, first.inner ? embedded(valueAt(data, first.path), place, atPlace) : first.value);
  }
  return root;
}

/** The new text of a block of YAML inside of YAML. */
function embedded(text: unknown, place: string, changes: readonly ScalarChange[]): EmbeddedText {
  if (typeof text !== "string") throw new Refused("not-a-scalar", `${place} holds no text`);
  const edited = editYaml(
    text,
    changes.flatMap(({ inner, value }) => (inner ? [{ ...inner, value }] : [])),
  );
  if ("refused" in edited) throw new Refused(edited.refused.code, `in ${place}: ${edited.refused.message}`);
  return { embedded: edited.text };
}

function verify(
  text: string,
  before: readonly unknown[],
  changes: readonly ScalarChange[],
): Reason | undefined {
  const failed = (what: string): Reason => ({
    code: "edit-not-faithful",
    message: `the file can't be edited without side effects: ${what}`,
  });
  const after = parseDocuments(text);
  if ("refused" in after) return failed(after.refused.message);
  const values: { path: KeyPath; value: unknown }[] = [];
  for (const { document, path, value, inner } of changes) {
    const actual = valueAt(after.values[document], path);
    if (readBack(actual, inner) !== value)
      return failed(`${formatKeyPath(path)} would not ${value === null ? "go" : `become ${value}`}`);
    values.push({ path: [document, ...path], value: actual });
  }
  return isDeepStrictEqual(after.values, withValues(before, values))
    ? undefined
    : failed("other values would change with it");
}

function readBack(actual: unknown, inner: ScalarChange["inner"]): string | null | undefined {
  const text = String(actual);
  if (!inner && actual === YAML_NULL) return undefined;
  if (!inner) return actual === undefined ? null : text;
  const stream = parseDocuments(text);
  if ("refused" in stream) return undefined;
  return readBack(valueAt(stream.values[inner.document], inner.path), undefined);
}

/** A copy with values set, or gone where they are undefined, maps made where they are missing; each map and list is copied once at the most. */
function withValues(
  root: unknown,
  values: readonly { readonly path: KeyPath; readonly value: unknown }[],
): unknown {
  const whole = values.find(({ path }) => path.length === 0);
  if (whole) return whole.value;
  const byStep = Map.groupBy(values, ({ path }) => path[0]);
  const below = (step: string | number | undefined, child: unknown): unknown => {
    const inner = byStep.get(step);
    return inner
      ? withValues(
          child,
          inner.map(({ path, value }) => ({ path: path.slice(1), value })),
        )
      : child;
  };
  if (Array.isArray(root)) return root.map((item: unknown, index) => below(index, item));
  const record = typeof root === "object" && root !== null ? root : {};
  const set = [...byStep.keys()].map((step) => [step, below(step, Reflect.get(record, step ?? ""))]);
  const all: [string, unknown][] = Object.entries({ ...record, ...Object.fromEntries(set) });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
