import type { Reason } from "../../domain/reason.ts";

/** The steps from what lives to where it is written, in the order in which they are checked. */
export type LinkName =
  | "object"
  | "mark"
  | "delivery"
  | "destination"
  | "made-by"
  | "repository"
  | "revision"
  | "recipe"
  | "line"
  | "live";

/** What was checked at one step. */
export interface ChainLink {
  readonly link: LinkName;
  /** `unknown`: it could not be checked. */
  readonly held: "yes" | "no" | "unknown";
  /** What was looked at, and what was found, in a sentence without a full stop. */
  readonly checked: string;
}

/** Something that stands against taking a place for the right one. */
export interface Doubt {
  readonly status: "probable" | "refused" | "unmapped";
  readonly reason: Reason;
}

export function held(link: LinkName, checked: string): ChainLink {
  return { link, held: "yes", checked };
}

export function broken(link: LinkName, checked: string): ChainLink {
  return { link, held: "no", checked };
}

export function unknown(link: LinkName, checked: string): ChainLink {
  return { link, held: "unknown", checked };
}
