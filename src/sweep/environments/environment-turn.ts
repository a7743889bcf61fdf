import type { EnvironmentConfig } from "../../config/environments.ts";
import { parseDuration } from "../../domain/duration.ts";
import type { Reason } from "../../domain/reason.ts";
import { workloadKey } from "../../domain/workload.ts";
import { type Came, whyStillFollowed, whyUnwellAfter } from "../../followup/arrival.ts";
import type { FollowState } from "../../followup/state.ts";
import { targetKey } from "../../followup/target.ts";
import { markerName } from "../../proposals/evidence.ts";
import type { Located } from "../locate/locate-containers.ts";
import type { WhyUnwell } from "./well-since.ts";

/** A merged pull request of Loadline's. */
export interface MergedChange {
  readonly repository: string;
  /** `acme/shop#12`. */
  readonly name: string;
  readonly mergedMs: number;
  /** As markers name them. */
  readonly containers: ReadonlySet<string>;
  /** How following it ended; absent while it is followed, and where it never was. */
  readonly came?: Came;
  /** It is followed still; not so where that ended, nor where it never was. */
  readonly isFollowed: boolean;
  /** How far it is, where it was looked at just now. */
  readonly state?: FollowState;
  /** Somebody closed what would have taken it back: the cause was another one. */
  readonly isForgiven: boolean;
  /** There were more, so that it may be for any container of its repository. */
  readonly isCut: boolean;
  /** The pull request that takes it back, open or merged: `acme/shop#13`. */
  readonly undoneBy?: string;
}

/** By what it is known whether an environment has its turn. */
export interface TurnTerms {
  /** In their order. */
  readonly environments: readonly EnvironmentConfig[];
  readonly merged: readonly MergedChange[];
  /** Clusters that could not be read. */
  readonly unread: readonly string[];
  readonly whyUnwell: WhyUnwell;
  readonly nowMs: number;
}

/** Why what runs in an environment waits for the same containers in an earlier one; `undefined` where it need not. */
export function whyNotYet(
  stage: number,
  earlier: number,
  those: readonly Located[],
  terms: TurnTerms,
): Reason | undefined {
  const [own, before] = [terms.environments[stage], terms.environments[earlier]];
  if (!own || !before) return undefined;
  for (const one of those) {
    const why = whyNotDone(one, before, terms);
    const of = `${workloadKey(one.workload)} ${one.container.name} in cluster ${one.cluster}`;
    if (why !== undefined) return waits(`${own.name} comes after ${before.name}, where ${of} ${why}`);
  }
  return undefined;
}

function whyNotDone(
  one: Located,
  { for: wellFor }: EnvironmentConfig,
  { merged, whyUnwell, nowMs }: TurnTerms,
): string | undefined {
  const name = markerName({ ...one, container: one.container.name });
  const repository = "at" in one.location ? one.location.at.repository : undefined;
  const [last] = merged
    .filter((change) => change.containers.has(name) || (change.isCut && change.repository === repository))
    .toSorted((a, b) => b.mergedMs - a.mergedMs);
  if (last?.undoneBy !== undefined) return `was changed by ${last.name}, which ${last.undoneBy} takes back`;
  const late = last && whyNotThere(last, targetKey(one));
  if (late !== undefined) return late;
  // What no file declares is never changed, and would keep the others waiting for good.
  if (one.advice.recommended && one.location.status !== "unmapped")
    return "has a change that is not merged, or not rolled out yet";
  if (!last) return undefined;
  const unwell = whyUnwell(one, last.mergedMs);
  if (unwell) return `is not well since ${last.name} was merged: ${unwell.message}`;
  const healthyMs = last.came?.healthyAt === undefined ? last.mergedMs : Date.parse(last.came.healthyAt);
  const untilMs = healthyMs + (parseDuration(wellFor) ?? 0) * 1000;
  if (untilMs <= nowMs) return undefined;
  return `was changed by ${last.name}, and is to stay well until ${new Date(untilMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** What following a merge has against it; what nobody follows is judged by usage alone. */
function whyNotThere(change: MergedChange, key: string): string | undefined {
  const { name, came, state, isFollowed, isForgiven } = change;
  if (came) {
    const why = isForgiven && came.verdict === "worse" ? undefined : whyUnwellAfter(came);
    return why === undefined ? undefined : `is not well since ${name} was merged: ${why}`;
  }
  if (!isFollowed) return undefined;
  const why = state
    ? whyStillFollowed(state, key)
    : "it is still followed, and how far it is is not known here yet";
  return why === undefined ? undefined : `was changed by ${name}: ${why}`;
}

/** Nothing is known of an environment whose clusters could not be read, so that what comes after it waits. */
export function unreadBefore(stage: number, { environments, unread }: TurnTerms): Reason | undefined {
  const found = environments
    .slice(0, stage)
    .flatMap(({ clusters }) => unread.filter((cluster) => clusters?.includes(cluster) ?? true));
  if (found.length === 0) return undefined;
  return waits(
    `cluster ${[...new Set(found)].join(", ")}, of an environment that comes first, could not be read`,
  );
}

function waits(message: string): Reason {
  return { code: "waits-for-environment", message };
}
