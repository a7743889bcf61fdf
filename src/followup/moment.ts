import type { MomentKind } from "../domain/moments.ts";
import { type WorkloadId, parseWorkloadKey } from "../domain/workload.ts";
import type { Marker } from "../proposals/marker.ts";
import type { FollowState, TargetState } from "./state.ts";

/** Something that is worth telling of a pull request, at the time when it is first known. */
export interface Moment {
  readonly kind: MomentKind;
  readonly repository: string;
  readonly number: number;
  readonly workloads: readonly { readonly cluster: string; readonly workload: WorkloadId }[];
  /** What there is to say, in a sentence. */
  readonly text: string;
}

/** What one look at a merged pull request brought that was not known before. */
export interface Followed {
  readonly repository: string;
  readonly number: number;
  readonly marker: Marker;
  /** Absent at the first look. */
  readonly before: FollowState | undefined;
  readonly after: FollowState;
}

/** One moment a kind, for all workloads that came to it at this look. */
export function momentsOf({ repository, number, before, after }: Followed): Moment[] {
  const named = (keys: readonly string[]): Moment["workloads"] =>
    keys.flatMap((key) => {
      const [cluster = "", name = ""] = key.split(" ");
      const workload = parseWorkloadKey(name);
      return workload ? [{ cluster, workload }] : [];
    });
  const moment = (kind: MomentKind, keys: readonly string[], text: string): Moment[] =>
    keys.length === 0 ? [] : [{ kind, repository, number, workloads: named(keys), text }];
  const fresh = (has: (target: TargetState) => boolean): string[] =>
    Object.entries(after.targets).flatMap(([key, target]) => {
      const was = before?.targets[key];
      return has(target) && !(was && has(was)) ? [key] : [];
    });
  const all = Object.keys(after.targets);
  const late = fresh(({ waits }) => waits !== undefined);
  const why = [...new Set(late.map((key) => after.targets[key]?.waits?.message))].join("; ");
  const verdict = before?.verdict === undefined ? after.verdict : undefined;
  const hurt = (after.worse ?? []).join("; ");
  return [
    ...(before ? [] : moment("merged", all, `#${number} was merged as ${after.commit.slice(0, 10)}`)),
    ...moment(
      "synced",
      fresh((target) => target.syncedMs !== undefined),
      `the cluster has what #${number} changed`,
    ),
    ...moment(
      "healthy",
      fresh((target) => target.healthyMs !== undefined),
      `all pods have what #${number} changed, and are well`,
    ),
    ...moment("late", late, `#${number} has not arrived: ${why}`),
    ...(verdict === "well" ? moment("well", all, `nothing got worse after #${number}`) : []),
    ...(verdict === "worse"
      ? moment(
          after.revert === undefined ? "worse" : "reverted",
          all,
          `things got worse after #${number}${after.revert === undefined ? "" : `, and #${after.revert} takes it back`}: ${hurt}`,
        )
      : []),
  ];
}
