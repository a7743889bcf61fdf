import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import {
  amountOf,
  changedFields,
  RESOURCE_FIELDS,
  RESOURCE_SIDES,
  type ResourceField,
  type Resources,
  splitField,
  withAmount,
} from "../domain/resources.ts";
import { editYaml, type ScalarChange } from "../manifests/edit-yaml.ts";
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { inNotationOf } from "../manifests/notation.ts";
import { proveChanges } from "./prove.ts";
import { type ContainerRef, type FieldPlace, refOf, type ScannedContainer } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";
import { placeKey } from "./trace/place.ts";

/** The resources that one container of a scan shall have. */
export interface ContainerChange {
  readonly at: ScannedContainer;
  readonly wanted: Resources;
}

export interface ProvenField {
  readonly resource: ResourceField;
  readonly before: string | undefined;
  readonly after: string;
}

/** What rendering before and after the edit showed. */
export interface Proof {
  readonly rendered: boolean;
  readonly changed: readonly ProvenField[];
}

export type ChangeResult =
  | {
      readonly change: ContainerChange;
      readonly status: "proven";
      readonly proof: Proof;
      readonly files: readonly string[];
    }
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
  readonly renders: number;
}

/** One scalar to be written, for all containers that it feeds. */
export interface PlannedEdit {
  readonly place: FieldPlace;
  readonly value: string;
  readonly changes: readonly ContainerChange[];
}

/** Each try leaves out what the one before it could not prove, or completes it. */
const MOST_TRIES = 6;

/**
 * Edits the fields that feed each container, and proves by rendering before and after that exactly the
 * intended numbers differ. What can't be proven is refused alone; the rest is done together.
 */
export async function changeRepository(
  scan: RepositoryScan,
  asked: readonly ContainerChange[],
): Promise<TreeChange> {
  const changes = agreed(asked);
  const refused = new Map<ContainerChange, Reason>();
  const complete = new Set<ContainerChange>();
  let renders = 0;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const open = changes.filter((change) => !refused.has(change));
    const edits = planEdits(scan, open, complete, refused);
    const files = await applyEdits(scan, edits, refused);
    if (open.some((change) => refused.has(change))) continue;
    const proof = await proveChanges(scan, files, open);
    renders += proof.renders;
    if (proof.refused.size === 0)
      return { files, renders, results: changes.map((change) => resultOf(change, refused, edits)) };
    for (const [change, reason] of proof.refused) {
      // A preset counts only while nothing is set: one number alone would drop the preset's others.
      const adds = edits.some((edit) => edit.changes.includes(change) && !edit.place.present);
      if (adds && !complete.has(change)) complete.add(change);
      else refused.set(change, reason);
    }
  }
  for (const change of changes)
    if (!refused.has(change))
      refused.set(change, {
        code: "proof-failed",
        message: "it could not be proven together with the other changes",
      });
  return { files: [], renders, results: changes.map((change) => resultOf(change, refused, [])) };
}

/** Containers that share a line get the largest amount that one of them wants: it fits them all. */
function agreed(changes: readonly ContainerChange[]): ContainerChange[] {
  const largest = new Map<string, string>();
  const places = (change: ContainerChange): [ResourceField, string, string][] =>
    changedFields(change.at.current, change.wanted).flatMap((resource): [ResourceField, string, string][] => {
      const field = change.at.fields[resource];
      const amount = amountOf(change.wanted, resource);
      return field.status === "refused" || amount === undefined
        ? []
        : [[resource, placeKey(field.place), amount]];
    });
  for (const [, place, amount] of changes.flatMap(places))
    if (baseUnits(amount) > baseUnits(largest.get(place) ?? "0")) largest.set(place, amount);
  return changes.map((change) => ({
    ...change,
    wanted: places(change).reduce(
      (wanted, [resource, place, amount]) => withAmount(wanted, resource, largest.get(place) ?? amount),
      change.wanted,
    ),
  }));
}

function resultOf(
  change: ContainerChange,
  refused: ReadonlyMap<ContainerChange, Reason>,
  edits: readonly PlannedEdit[],
): ChangeResult {
  const reason = refused.get(change);
  if (reason) return { change, status: "refused", reason };
  const changed = changedFields(change.at.current, change.wanted).flatMap((resource): ProvenField[] => {
    const after = amountOf(change.wanted, resource);
    return after === undefined ? [] : [{ resource, before: amountOf(change.at.current, resource), after }];
  });
  if (changed.length === 0) return { change, status: "unchanged" };
  const files = new Set(edits.filter((edit) => edit.changes.includes(change)).map(({ place }) => place.file));
  return { change, status: "proven", proof: { rendered: true, changed }, files: [...files] };
}

interface Wish {
  readonly change: ContainerChange;
  readonly resource: ResourceField;
  readonly amount: string;
}

/** One edit a place, by the wishes of all containers that it feeds. */
function planEdits(
  scan: RepositoryScan,
  changes: readonly ContainerChange[],
  complete: ReadonlySet<ContainerChange>,
  refused: Map<ContainerChange, Reason>,
): PlannedEdit[] {
  const byPlace = new Map<string, { place: FieldPlace; wishes: Wish[] }>();
  for (const wish of changes.flatMap((change) => wishesOf(change, complete.has(change)))) {
    const field = wish.change.at.fields[wish.resource];
    if (field.status === "refused") {
      refused.set(wish.change, field.reason);
      continue;
    }
    const entry = byPlace.get(placeKey(field.place)) ?? { place: field.place, wishes: [] };
    entry.wishes.push(wish);
    byPlace.set(placeKey(field.place), entry);
  }
  const edits = [...byPlace.values()].flatMap(({ place, wishes }): PlannedEdit[] => {
    const asked = new Set(wishes.map(({ change }) => refKey(refOf(change.at))));
    const others = place.feeds.filter((ref) => !asked.has(refKey(ref)));
    const [wish] = wishes;
    if (others.length > 0) for (const { change } of wishes) refused.set(change, feedsOthers(place, others));
    if (others.length > 0 || !wish) return [];
    const value = inNotationOf(place.text ?? "", wish.amount, splitField(wish.resource)[1]);
    return [{ place, value, changes: wishes.map(({ change }) => change) }];
  });
  return [...edits, ...[...complete].flatMap((change) => otherResources(scan, change, edits))];
}

/** What is to change, and to complete a block, what is in force without being written anywhere. */
function wishesOf(change: ContainerChange, complete: boolean): Wish[] {
  const changed = new Set(changedFields(change.at.current, change.wanted));
  return RESOURCE_FIELDS.flatMap((resource): Wish[] => {
    const field = change.at.fields[resource];
    const unwritten = complete && field.status !== "refused" && !field.place.present;
    const amount =
      amountOf(change.wanted, resource) ?? (unwritten ? amountOf(change.at.current, resource) : undefined);
    return amount !== undefined && (changed.has(resource) || unwritten) ? [{ change, resource, amount }] : [];
  });
}

/** Ephemeral storage and its like, as they are in force, beside the numbers that are added. */
function otherResources(
  scan: RepositoryScan,
  change: ContainerChange,
  edits: readonly PlannedEdit[],
): PlannedEdit[] {
  const rendered = scan.rendered.get(change.at);
  const resources = rendered && valueAt(rendered.object.value, [...rendered.container.path, "resources"]);
  return RESOURCE_SIDES.flatMap((side) => {
    const added = edits.find(
      (edit) => !edit.place.present && edit.changes.includes(change) && sideOf(edit.place) === side,
    );
    const amounts = valueAt(resources, [side]);
    if (!added || !isRecord(amounts)) return [];
    return Object.entries(amounts)
      .filter(([name]) => name !== "cpu" && name !== "memory")
      .map(([name, amount]): PlannedEdit => ({
        place: beside(added.place, name),
        value: String(amount),
        changes: [change],
      }));
  });
}

function sideOf({ path, inner }: FieldPlace): string {
  return String((inner?.path ?? path).at(-2));
}

function beside(place: FieldPlace, name: string): FieldPlace {
  const { path, inner } = place;
  if (inner) return { ...place, inner: { ...inner, path: [...inner.path.slice(0, -1), name] } };
  return { ...place, path: [...path.slice(0, -1), name] };
}

const NAMED = 3;

function feedsOthers(place: FieldPlace, others: readonly ContainerRef[]): Reason {
  const named = others
    .slice(0, NAMED)
    .map(({ workload, container, recipe }) => `${workload} ${container} (${recipe})`);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  return {
    code: "feeds-others",
    message: `the line also feeds ${named.join(", ")}${more}: change them together, or set it in a more specific layer`,
    file: place.file,
    line: place.line,
  };
}

async function applyEdits(
  scan: RepositoryScan,
  edits: readonly PlannedEdit[],
  refused: Map<ContainerChange, Reason>,
): Promise<FileChange[]> {
  const files: FileChange[] = [];
  for (const [path, ofFile] of Map.groupBy(edits, ({ place }) => place.file)) {
    const source = await scan.sources.text(path);
    if ("refused" in source) {
      for (const change of ofFile.flatMap((edit) => edit.changes))
        refused.set(change, { ...source.refused, file: path });
      continue;
    }
    const edited = editYaml(source.text, ofFile.map(scalarChange));
    if (!("refused" in edited)) {
      if (edited.text !== source.text) files.push({ path, before: source.text, after: edited.text });
      continue;
    }
    // Whose edit it is that can't be made: each is tried alone, and the others go on without it.
    for (const edit of ofFile) {
      const alone = editYaml(source.text, [scalarChange(edit)]);
      if ("refused" in alone)
        for (const change of edit.changes)
          refused.set(change, { file: path, line: edit.place.line, ...alone.refused });
    }
    if (!ofFile.some((edit) => edit.changes.some((change) => refused.has(change))))
      for (const change of ofFile.flatMap((edit) => edit.changes))
        refused.set(change, { file: path, ...edited.refused });
  }
  return files;
}

function scalarChange({ place: { document, path, inner }, value }: PlannedEdit): ScalarChange {
  return { document, path, value, ...(inner ? { inner } : {}) };
}

function refKey({ recipe, workload, container }: ContainerRef): string {
  return JSON.stringify([recipe, workload, container]);
}
