import type { Reason } from "../domain/reason.ts";
import {
  amountOf,
  changedFields,
  type ResourceField,
  type Resources,
  splitField,
} from "../domain/resources.ts";
import { differences } from "../manifests/compare.ts";
import { parseDocuments } from "../manifests/documents.ts";
import { editYaml, type ScalarChange } from "../manifests/edit-yaml.ts";
import { inNotationOf } from "../manifests/notation.ts";
import { decodeSource } from "../manifests/source-text.ts";
import type { ScannedContainer } from "./scan.ts";
import type { Tree } from "./tree.ts";

/** The resources that one container of a scan shall have. */
export interface ContainerChange {
  readonly at: ScannedContainer;
  readonly wanted: Resources;
}

/** What rendering before and after the edit showed. */
export interface Proof {
  readonly rendered: boolean;
  readonly changed: readonly {
    readonly resource: ResourceField;
    readonly before: string | undefined;
    readonly after: string;
  }[];
}

export type ChangeResult =
  | { readonly change: ContainerChange; readonly status: "proven"; readonly proof: Proof }
  | { readonly change: ContainerChange; readonly status: "unchanged" }
  | { readonly change: ContainerChange; readonly status: "refused"; readonly reason: Reason };

export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Edits of one tree: those that are proven, applied together, and what became of each change. */
export interface TreeChange {
  readonly files: readonly FileChange[];
  readonly results: readonly ChangeResult[];
}

/** Edits the fields that feed each container, and proves by rendering before and after that no other differs. */
export async function changeTree(tree: Tree, changes: readonly ContainerChange[]): Promise<TreeChange> {
  const files: FileChange[] = [];
  const results: ChangeResult[] = [];
  for (const [path, ofFile] of Map.groupBy(changes, ({ at }) => at.fields["requests.cpu"].file)) {
    const source = decodeSource(await tree.read(path));
    if ("refused" in source) {
      results.push(...ofFile.map((change) => refused(change, { ...source.refused, file: path })));
      continue;
    }
    const edited = changeFile(path, source.text, ofFile);
    results.push(...edited.results);
    if (edited.text !== source.text) files.push({ path, before: source.text, after: edited.text });
  }
  return { files, results };
}

/**
 * All containers of a file at once. Where that is refused, each half for itself, so that one that can't be
 * edited does not hold back its neighbours.
 */
function changeFile(
  file: string,
  before: string,
  changes: readonly ContainerChange[],
): { text: string; results: ChangeResult[] } {
  const scalars = changes.flatMap(scalarChanges);
  const edited = editProven(before, scalars);
  if (!("refused" in edited)) return { text: edited.text, results: changes.map(proven) };
  const [only, another] = changes;
  if (only && !another) {
    const { line } = only.at.fields["requests.cpu"];
    return { text: before, results: [refused(only, { file, line, ...edited.refused })] };
  }
  const middle = changes.length >> 1;
  const first = changeFile(file, before, changes.slice(0, middle));
  const second = changeFile(file, first.text, changes.slice(middle));
  return { text: second.text, results: [...first.results, ...second.results] };
}

function editProven(
  before: string,
  scalars: readonly ScalarChange[],
): { text: string } | { refused: Reason } {
  if (scalars.length === 0) return { text: before };
  const edited = editYaml(before, scalars);
  if ("refused" in edited) return edited;
  const unintended = unintendedDifference(before, edited.text, scalars);
  return unintended ? { refused: unintended } : { text: edited.text };
}

function proven(change: ContainerChange): ChangeResult {
  const { at, wanted } = change;
  if (scalarChanges(change).length === 0) return { change, status: "unchanged" };
  const changed = changedFields(at.current, wanted).flatMap((resource) => {
    const after = amountOf(wanted, resource);
    return after === undefined ? [] : [{ resource, before: amountOf(at.current, resource), after }];
  });
  return { change, status: "proven", proof: { rendered: true, changed } };
}

function scalarChanges({ at, wanted }: ContainerChange): ScalarChange[] {
  return changedFields(at.current, wanted).flatMap((resource) => {
    const quantity = amountOf(wanted, resource);
    if (quantity === undefined) return [];
    const field = at.fields[resource];
    const value = inNotationOf(amountOf(at.current, resource) ?? "", quantity, splitField(resource)[1]);
    return [{ document: field.document, path: field.keyPath, value }];
  });
}

/** Plain manifests render to themselves: the documents' data must differ in the intended values alone. */
function unintendedDifference(
  before: string,
  after: string,
  intended: readonly ScalarChange[],
): Reason | undefined {
  const [old, now] = [parseDocuments(before), parseDocuments(after)];
  if ("refused" in old) return old.refused;
  if ("refused" in now) return now.refused;
  const found = differences(old.values, now.values).map((path) => JSON.stringify(path));
  const expected = new Set(intended.map(({ document, path }) => JSON.stringify([document, ...path])));
  const same = found.length === expected.size && found.every((path) => expected.has(path));
  return same
    ? undefined
    : { code: "proof-failed", message: "after the edit, more than the intended values would differ" };
}

function refused(change: ContainerChange, reason: Reason): ChangeResult {
  return { change, status: "refused", reason };
}
