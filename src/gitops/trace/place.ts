import { formatKeyPath, type KeyPath } from "../../manifests/key-path.ts";

/** A scalar in a file of a tree, there already or to be added. */
export interface Place {
  readonly file: string;
  /** From 0. */
  readonly document: number;
  readonly path: KeyPath;
  /** Where the scalar at `path` is a block of YAML: the place in there. */
  readonly inner?: { readonly document: number; readonly path: KeyPath };
}

/** `spec.source.helm.values|resources.requests.cpu`: behind the `|`, the place inside of a block of text. */
export function formatPlace({ path, inner }: Place): string {
  return formatKeyPath(path) + (inner ? `|${formatKeyPath(inner.path)}` : "");
}

export function placeKey(place: Place): string {
  return JSON.stringify([place.file, place.document, place.path, place.inner?.document, place.inner?.path]);
}
