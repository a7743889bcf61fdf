/** Any object of a cluster, whatever the version of its group. */
export interface ObjectId {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty for objects that stand in none. */
  readonly namespace: string;
  readonly name: string;
}

export function sameObject(a: ObjectId, b: ObjectId): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
