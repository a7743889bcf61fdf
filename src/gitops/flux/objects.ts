import { isDeepStrictEqual } from "node:util";
import { isRecord, valueAt } from "../../manifests/key-path.ts";
import type { Declared } from "../recipe.ts";
import { shownName } from "../render/message.ts";
import { refuse } from "../refusal.ts";

/** Who asks, so that of several objects with one name the right one is found. */
export interface Asker {
  readonly file: string;
  /** Where the object that is asked for lives; `undefined` where nothing says so. */
  readonly namespace: string | undefined;
  readonly renderedBy: string | undefined;
}

/** Flux's objects of a repository and those that they refer to, by kind and name. */
export class FluxObjects {
  readonly all: readonly Declared[];
  readonly #byName: ReadonlyMap<string, readonly Declared[]>;

  constructor(declared: readonly Declared[]) {
    this.all = withoutReplaced(declared.filter(({ object }) => groupOf(object) !== undefined));
    this.#byName = Map.groupBy(this.all, ({ object }) => keyOf(kindOf(object), nameOf(object)));
  }

  /**
   * The object that a reference names. Clusters of one repository use the same names: what the same recipe
   * rendered counts first, then what is written nearest. Refused where that still leaves several.
   */
  find(kind: string, name: string, asker: Asker): Declared | undefined {
    const inReach = (this.#byName.get(keyOf(kind, name)) ?? []).filter(({ object }) =>
      isSame(namespaceOf(object), asker.namespace),
    );
    const ranked = inReach.map((declared) => ({ declared, rank: rankOf(declared, asker) }));
    const best = ranked.reduce((most, { rank }) => Math.max(most, rank), -1);
    const [first, ...others] = ranked.filter(({ rank }) => rank === best).map(({ declared }) => declared);
    if (first && others.some(({ object }) => !isDeepStrictEqual(contentOf(object), contentOf(first.object))))
      refuse("ambiguous-reference", `several files declare the ${kind} ${shownName(name)}`);
    return first;
  }
}

export function kindOf({ kind }: Readonly<Record<string, unknown>>): string {
  return typeof kind === "string" ? kind : "";
}

export function nameOf(object: Readonly<Record<string, unknown>>): string {
  const name = valueAt(object, ["metadata", "name"]);
  return typeof name === "string" ? name : "";
}

export function namespaceOf(object: Readonly<Record<string, unknown>>): string | undefined {
  const namespace = valueAt(object, ["metadata", "namespace"]);
  return typeof namespace === "string" && namespace !== "" ? namespace : undefined;
}

/** `kustomize`, `helm` or `source` of the toolkit, `core`; `undefined` for all else. */
export function groupOf({ apiVersion, kind }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof apiVersion !== "string") return undefined;
  if (apiVersion === "v1") return kind === "ConfigMap" || kind === "Secret" ? "core" : undefined;
  return /^(kustomize|helm|source)\.toolkit\.fluxcd\.io\//.exec(apiVersion)?.[1];
}

/** An object as its file has it counts no more where a recipe renders it. */
function withoutReplaced(declared: readonly Declared[]): Declared[] {
  const placeOf = ({ object, origin }: Declared): string =>
    JSON.stringify([origin.file, kindOf(object), nameOf(object)]);
  const rendered = Map.groupBy(
    declared.filter(({ renderedBy }) => renderedBy !== undefined),
    placeOf,
  );
  return declared.filter(
    (one) =>
      one.renderedBy !== undefined ||
      !(rendered.get(placeOf(one)) ?? []).some(({ object }) => {
        const written = namespaceOf(one.object);
        return written === undefined || written === namespaceOf(object);
      }),
  );
}

/** A namespace that is not said may be given by whatever delivers the object, and so is any. */
function isSame(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b || a.includes("${");
}

function rankOf({ object, origin, renderedBy }: Declared, asker: Asker): number {
  const together = asker.renderedBy !== undefined && renderedBy === asker.renderedBy;
  const exact = namespaceOf(object) !== undefined && namespaceOf(object) === asker.namespace;
  return (together ? 20_000 : 0) + (exact ? 10_000 : 0) + sharedFolders(origin.file, asker.file);
}

function sharedFolders(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  const differs = left.findIndex((segment, index) => segment !== right[index]);
  return Math.min(differs === -1 ? left.length : differs, 9999);
}

function contentOf({ spec, data, stringData }: Readonly<Record<string, unknown>>): unknown {
  return { spec, data: isRecord(data) ? data : {}, stringData };
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
