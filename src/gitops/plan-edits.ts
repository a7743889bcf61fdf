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
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { inNotationOf } from "../manifests/notation.ts";
import { YAML_NULL } from "../manifests/patch.ts";
import { takesNull } from "./helm-null.ts";
import type { ContainerChange } from "./tree-change.ts";
import { type ContainerRef, type Field, type FieldPlace, refOf } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";
import { specificPlace } from "./specific-layer.ts";
import { placeKey } from "./trace/place.ts";

/** A change with the places that are to take it, and the amounts that fit all who share them. */
export interface SettledChange {
  readonly change: ContainerChange;
  readonly wanted: Resources;
  readonly fields: Readonly<Record<ResourceField, Field>>;
}

/** One scalar to be written, or with null to be taken away with its key, for all changes that want it. */
export interface PlannedEdit {
  readonly place: FieldPlace;
  readonly value: string | null;
  readonly settled: readonly SettledChange[];
}

export interface EditPlan {
  readonly settled: readonly SettledChange[];
  readonly edits: readonly PlannedEdit[];
  /** Files that are to be there before the edits, by path. */
  readonly prepared: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<ContainerChange, Reason>;
}

/** How a change is to be made where the plain way could not be proven. */
export interface Harder {
  /** Those that get their whole block written. */
  readonly complete: ReadonlySet<ContainerChange>;
  /** Those whose numbers go by a null, which takes away what weaker values of Helm set. */
  readonly byNull: ReadonlySet<ContainerChange>;
}

/** Which scalars to write for these changes. */
export async function planEdits(
  scan: RepositoryScan,
  changes: readonly ContainerChange[],
  { complete, byNull }: Harder,
): Promise<EditPlan> {
  const prepared = new Map<string, string>();
  const refused = new Map<ContainerChange, Reason>();
  const inLayers: SettledChange[] = [];
  for (const change of changes) inLayers.push(await inItsLayer(scan, change, prepared));
  const settled = agreed(inLayers);
  for (const { change, wanted } of settled) {
    const above = requestAboveLimit(change.at.current, wanted);
    if (above) refused.set(change, above);
  }
  const byPlace = new Map<string, { place: FieldPlace; wishes: Wish[] }>();
  for (const wish of settled.flatMap((one) => wishesOf(one, complete.has(one.change)))) {
    const field = wish.of.fields[wish.resource];
    if (field.status === "refused") {
      refused.set(wish.of.change, field.reason);
      continue;
    }
    const entry = byPlace.get(placeKey(field.place)) ?? { place: field.place, wishes: [] };
    entry.wishes.push(wish);
    byPlace.set(placeKey(field.place), entry);
  }
  const edits = [...byPlace.values()].flatMap(({ place, wishes }): PlannedEdit[] => {
    const asked = new Set(wishes.map(({ of }) => refKey(refOf(of.change.at))));
    const others = place.feeds.filter((ref) => !asked.has(refKey(ref)));
    const [wish] = wishes;
    if (others.length > 0) for (const { of } of wishes) refused.set(of.change, feedsOthers(place, others));
    if (others.length > 0 || !wish) return [];
    const settled = wishes.map(({ of }) => of);
    if (wish.amount !== null) {
      const value = inNotationOf(place.text ?? "", wish.amount, splitField(wish.resource)[1]);
      return [{ place, value, settled }];
    }
    const canBeNull = settled.every(({ change }) => takesNull(scan, change.at, place));
    if (canBeNull && (!place.present || settled.some(({ change }) => byNull.has(change))))
      return [{ place, value: YAML_NULL, settled }];
    if (place.present) return [{ place, value: null, settled }];
    for (const { change } of settled) refused.set(change, NOT_WRITTEN);
    return [];
  });
  const completed = settled.filter(({ change }) => complete.has(change));
  return {
    settled,
    prepared,
    refused,
    edits: [...edits, ...completed.flatMap((one) => otherResources(scan, one, edits))],
  };
}

/** With a layer asked for, numbers go to a place that only this recipe reads. */
async function inItsLayer(
  scan: RepositoryScan,
  change: ContainerChange,
  prepared: Map<string, string>,
): Promise<SettledChange> {
  const { at, wanted, layer } = change;
  const fields = { ...at.fields };
  if (layer !== undefined)
    for (const resource of changedFields(at.current, wanted)) {
      const place = await specificPlace(scan, at, resource, layer, prepared);
      fields[resource] =
        "refused" in place
          ? { resource, status: "refused", reason: place.refused }
          : { resource, status: "proven", place };
    }
  return { change, wanted, fields };
}

/**
 * Containers that share a line get the largest amount that one of them wants, since it fits them all; a number
 * goes only where all of them want it gone.
 */
function agreed(changes: readonly SettledChange[]): SettledChange[] {
  const largest = new Map<string, string>();
  const places = ({ change, wanted, fields }: SettledChange): [ResourceField, string][] =>
    changedFields(change.at.current, wanted).flatMap((resource): [ResourceField, string][] => {
      const field = fields[resource];
      return field.status === "refused" ? [] : [[resource, placeKey(field.place)]];
    });
  for (const one of changes)
    for (const [resource, place] of places(one)) {
      const amount = amountOf(one.wanted, resource);
      if (amount !== undefined && baseUnits(amount) > baseUnits(largest.get(place) ?? "0"))
        largest.set(place, amount);
    }
  return changes.map((one) => ({
    ...one,
    wanted: places(one).reduce((wanted, [resource, place]) => {
      const amount = largest.get(place);
      return amount === undefined ? wanted : withAmount(wanted, resource, amount);
    }, one.wanted),
  }));
}

interface Wish {
  readonly of: SettledChange;
  readonly resource: ResourceField;
  /** Null where it is to go. */
  readonly amount: string | null;
}

/** What is to change, and to complete a block, what is in force without being written anywhere. */
function wishesOf(of: SettledChange, complete: boolean): Wish[] {
  const { current } = of.change.at;
  const changed = new Set(changedFields(current, of.wanted));
  return RESOURCE_FIELDS.flatMap((resource): Wish[] => {
    const field = of.fields[resource];
    const unwritten = complete && field.status !== "refused" && !field.place.present;
    const amount = amountOf(of.wanted, resource) ?? (unwritten ? amountOf(current, resource) : undefined);
    if (changed.has(resource)) return [{ of, resource, amount: amount ?? null }];
    return unwritten && amount !== undefined ? [{ of, resource, amount }] : [];
  });
}

/** Ephemeral storage and its like, as they are in force, beside the numbers that are added. */
function otherResources(
  scan: RepositoryScan,
  one: SettledChange,
  edits: readonly PlannedEdit[],
): PlannedEdit[] {
  const rendered = scan.rendered.get(one.change.at);
  const resources = rendered && valueAt(rendered.object.value, [...rendered.container.path, "resources"]);
  return RESOURCE_SIDES.flatMap((side) => {
    const added = edits.find(
      (edit) => !edit.place.present && edit.settled.includes(one) && sideOf(edit.place) === side,
    );
    const amounts = valueAt(resources, [side]);
    if (!added || !isRecord(amounts)) return [];
    return Object.entries(amounts)
      .filter(([name]) => name !== "cpu" && name !== "memory")
      .map(([name, amount]): PlannedEdit => ({
        place: beside(added.place, name),
        value: String(amount),
        settled: [one],
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

/** The API server would refuse it; a number that nobody touched is not held against the change. */
function requestAboveLimit(before: Resources, after: Resources): Reason | undefined {
  const touched = changedFields(before, after).map((field) => splitField(field)[1]);
  const name = touched.find((one) => {
    const { requests, limits } = after;
    const [request, limit] = [requests[one], limits[one]];
    return request !== undefined && limit !== undefined && baseUnits(request) > baseUnits(limit);
  });
  return (
    name && {
      code: "request-above-limit",
      message: `the ${name} request ${after.requests[name]} would be above the limit ${after.limits[name]}; set the limit too`,
    }
  );
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

const NOT_WRITTEN: Reason = {
  code: "not-written",
  message: "the limit is not written in a file from which it could be taken away",
};

function refKey({ recipe, workload, container }: ContainerRef): string {
  return JSON.stringify([recipe, workload, container]);
}
