import { code, prose } from "../proposals/markdown.ts";
import { type FollowState, type TargetState, writeState } from "./state.ts";

const TARGETS_SHOWN = 50;

/** What people read under a merged pull request, made of nothing but the state, which it holds hidden. */
export function followComment(state: FollowState): string {
  const targets = Object.entries(state.targets);
  const lines = targets
    .slice(0, TARGETS_SHOWN)
    .map(([key, target]) => `- ${nameOf(key)}: ${targetLine(target, state)}`);
  const more = targets.length - lines.length;
  return [
    "### After the merge",
    "",
    ...lines,
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    ...ending(state),
    writeState(state),
  ].join("\n");
}

function nameOf(key: string): string {
  const [cluster = "", workload = ""] = key.split(" ");
  return `${code(workload)} in ${code(cluster)}`;
}

function targetLine(target: TargetState, { commit, mergedMs }: FollowState): string {
  const { delivery, revision, syncedMs, arrivedMs, healthyMs, pods, waits, left } = target;
  const by = delivery === undefined ? "" : ` by ${code(delivery)}`;
  const parts = [
    syncedMs === undefined
      ? `merged as ${code(commit.slice(0, 10))}`
      : revision === undefined
        ? "runs with the merged amounts"
        : `synced at ${code(revision.slice(0, 10))}${by}`,
    ...(pods === undefined ? [] : [`${pods} of ${pods} pods replaced`]),
    ...(healthyMs === undefined ? [] : [`healthy after ${duration(healthyMs - mergedMs)}`]),
  ];
  const end = left === undefined ? undefined : LEFT[left];
  const open =
    syncedMs === undefined ? "not synced yet" : arrivedMs === undefined ? "without effect yet" : "";
  const why = waits ? [`**${open || "not healthy yet"}**: ${prose(waits.message)}`] : [];
  return [...parts, ...(end === undefined ? why : [`**${end}**`])].join(", ");
}

const LEFT: Readonly<Record<NonNullable<TargetState["left"]>, string>> = {
  replaced: "other amounts have come since, so that it is not followed any more",
  gone: "it is not there any more",
  "no-effect": "and yet other amounts run than those that were merged: something else sets them",
};

function ending({ verdict, worse = [], unread = [], revert, watchUntilMs }: FollowState): string[] {
  switch (verdict) {
    case undefined:
      return watchUntilMs === undefined
        ? []
        : [`It is watched until ${day(watchUntilMs)} whether things get worse.`, ""];
    case "well":
      return [`Nothing got worse after it.${unsaid(unread)}`, ""];
    case "worse":
      return [
        revert === undefined
          ? "**Things got worse after it:**"
          : `**Things got worse after it; #${revert} takes it back:**`,
        "",
        ...worse.map((sentence) => `- ${prose(sentence)}`),
        "",
      ];
    case "not-synced":
      return ["It has not come into the cluster for so long that it is not waited for any more.", ""];
    case "unwatched":
    case "left":
      return [];
  }
}

/** What nobody measured did not get better either. */
function unsaid(unread: readonly string[]): string {
  const names = unread.map((name) => prose(name)).join(", ");
  return unread.length === 0 ? "" : ` Of these signals there was too little to compare: ${names}.`;
}

/** In the largest unit that says enough: `45 s`, `2 min`, `3 h`. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 * 3 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `2026-11-23 09:00 UTC`. */
function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
