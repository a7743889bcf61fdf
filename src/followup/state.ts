import { z } from "zod";

const ms = z.int().min(0);
const text = z.string().max(500);

/** How far one workload is; times are Unix milliseconds, and once they are there they stay. */
const targetState = z.object({
  /** What brings it, and the revision that holds the merge. */
  delivery: text.optional(),
  revision: text.optional(),
  syncedMs: ms.optional(),
  /** When the amounts of the merge were first seen to run. */
  arrivedMs: ms.optional(),
  /** When all pods were replaced and well, and how many they were. */
  healthyMs: ms.optional(),
  pods: z.int().min(0).optional(),
  /** Why it takes longer than it may. */
  waits: z.object({ code: text, message: text }).optional(),
  /** Why it is not followed any more: other amounts came after, it is gone, the merge had no effect. */
  left: z.enum(["replaced", "gone", "no-effect"]).optional(),
});

const followState = z.object({
  version: z.literal(1),
  /** On the base. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  mergedMs: ms,
  /** By cluster and workload. */
  targets: z.record(z.string(), targetState),
  /** So far it is watched; absent until it is known. */
  watchUntilMs: ms.optional(),
  /** Set at the end. */
  verdict: z.enum(["well", "worse", "unwatched", "left", "not-synced"]).optional(),
  /** What got worse, a sentence each. */
  worse: z.array(text).optional(),
  /** At the end, the policy's signals that gave too little to compare. */
  unread: z.array(text).optional(),
  /** The pull request that takes it back. */
  revert: z.int().optional(),
});

export type TargetState = z.infer<typeof targetState>;
/** All that is known of a merge, kept in the comment that tells of it. */
export type FollowState = z.infer<typeof followState>;

/** Why a target takes longer than it may to be well; `undefined` where nothing tells whether it is. */
export function latenessOf({ healthyMs, waits }: TargetState): TargetState["waits"] {
  return healthyMs === undefined && waits?.code !== "unseen" ? waits : undefined;
}

const MARKER = /^<!-- loadline follow (\{[^<>]*\}) -->$/gm;

export function writeState(state: FollowState): string {
  const json = JSON.stringify(state).replace(
    /[<>-]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return `<!-- loadline follow ${json} -->`;
}

/** The state in a comment; `undefined` where there is none that can be read. */
export function readState(comment: string): FollowState | undefined {
  const [, json] = [...comment.matchAll(MARKER)].at(-1) ?? [];
  if (json === undefined) return undefined;
  try {
    return followState.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
