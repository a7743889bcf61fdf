import { z } from "zod";
import { GROUPINGS } from "../domain/grouping.ts";
import { isQuantity } from "../domain/quantity.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";

const amounts = z.partialRecord(z.enum(RESOURCE_FIELDS), z.string().refine(isQuantity));

/** What a pull request says of itself to the next sweep, hidden in its body. */
const markerSchema = z.object({
  version: z.literal(1),
  /** `cluster Kind/namespace/name container` of the containers that it changes, as many as there is room for. */
  workloads: z.array(z.string()),
  /** There are more of them. */
  cut: z.literal(true).optional(),
  /** Changes exactly when the proposed edits do. */
  fingerprint: z.string(),
  /** Changes exactly when the files, as they were before the edits, do. */
  base: z.string().optional(),
  /** The amounts it proposes, by the containers of `workloads`. */
  proposed: z.record(z.string(), amounts).optional(),
  /** By what it was grouped, where not by application. */
  group: z.enum(GROUPINGS).optional(),
  /** What these amounts were, where there were any. */
  before: z.record(z.string(), amounts).optional(),
  /** The pull request that it reverts, and that one's branch. */
  reverts: z
    .object({
      number: z.int(),
      branch: z.string(),
      /** Set where things got worse after the merge: when that was seen, and amounts that were too little. */
      worse: z
        .object({ at: z.iso.datetime(), tooLittle: z.record(z.string(), amounts).optional() })
        .optional(),
    })
    .optional(),
  /** It was merged, and followed to the end. */
  followed: z.literal(true).optional(),
  /** How that ended: since when all of it was well, or what was in the way of that. */
  came: z
    .object({
      verdict: z.enum(["well", "worse", "unwatched", "left", "not-synced"]),
      healthyAt: z.iso.datetime().optional(),
      late: z.string().max(300).optional(),
    })
    .optional(),
  /** Loadline closed it itself, since nothing was left to do. */
  settled: z.literal(true).optional(),
  /** What people said to this pull request by slash commands. */
  said: z
    .object({
      /** Values that people set, oldest first; a later one wins. */
      set: z
        .array(
          z.object({
            /** `Kind/namespace/name container`. */
            container: z.string(),
            amounts,
          }),
        )
        .optional(),
      /** Until then nothing of this pull request is touched: an ISO time. */
      holdUntil: z.iso.datetime().optional(),
      /** Only these workloads, `Kind/namespace/name`: it was split. */
      only: z.array(z.string()).optional(),
      /** Merged as soon as its checks pass; signed, since anybody who may write can edit a body. */
      approved: z.object({ by: z.string(), head: z.string(), signature: z.string() }).optional(),
      /** The last order of all that is kept here: its comment, and its place among the orders of that. */
      heard: z.object({ comment: z.int(), index: z.int() }).optional(),
      /** The commit of a person after which the branch was left to that person. */
      handsOff: z.string().optional(),
    })
    .optional(),
});

export type Marker = z.infer<typeof markerSchema>;
export type Said = NonNullable<Marker["said"]>;

/** Nothing from outside can begin a line of a body with it: names and paths stand in code, without line breaks. */
const MARKER = /^<!-- loadline (\{[^<>]*\}) -->$/gm;
const LONGEST_LIST = 4000;

export function writeMarker(marker: Marker): string {
  let room = LONGEST_LIST;
  const workloads = marker.workloads.filter((workload) => (room -= escaped(workload).length + 1) >= 0);
  const { proposed, before, ...rest } = marker;
  const cut = workloads.length < marker.workloads.length ? { cut: true } : {};
  // Half an answer would be a wrong one.
  const fits = (list: unknown): boolean => list !== undefined && escaped(list).length <= LONGEST_LIST;
  const lists = { ...(fits(proposed) ? { proposed } : {}), ...(fits(before) ? { before } : {}) };
  return `<!-- loadline ${escaped({ ...rest, workloads, ...cut, ...lists })} -->`;
}

/** The last marker of a body, where it is written; `undefined` where there is none that can be read. */
export function readMarker(body: string): Marker | undefined {
  const [, json] = [...body.matchAll(MARKER)].at(-1) ?? [];
  if (json === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The body with another marker in the place of its own. */
export function withMarker(body: string, marker: Marker): string {
  const last = [...body.matchAll(MARKER)].at(-1);
  if (!last) return `${body}\n${writeMarker(marker)}\n`;
  return body.slice(0, last.index) + writeMarker(marker) + body.slice(last.index + last[0].length);
}

/** JSON that can't end the comment that holds it. */
function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>-]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
