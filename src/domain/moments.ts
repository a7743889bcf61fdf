/** What may be told of a pull request, in the order in which it happens. */
export const MOMENTS = [
  "recommended",
  "merged",
  "late",
  "synced",
  "healthy",
  "well",
  "worse",
  "reverted",
] as const;
export type MomentKind = (typeof MOMENTS)[number];
