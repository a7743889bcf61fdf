/** Any object of a cluster, whatever the version of its group. */
export interface ObjectId {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty for objects that stand in none. */
  readonly namespace: string;
  readonly name: string;
}
