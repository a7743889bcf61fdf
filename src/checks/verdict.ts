import type { Reason } from "../domain/reason.ts";
import { describeReason } from "../domain/reason.ts";
import { sameQuantity } from "../domain/quantity.ts";
import { amountOf, changedFields, type Resources } from "../domain/resources.ts";
import { refOf, type ScannedContainer } from "../gitops/scan.ts";
import { code } from "../proposals/markdown.ts";
import type { Marker } from "../proposals/marker.ts";

/** What was found out of a pull request of Loadline's, on today's base. */
export interface PullFacts {
  readonly base: string;
  readonly marker: Marker | undefined;
  /** Its files that the base has changed since the branch left it. */
  readonly moved: readonly string[];
  /** Files that it removes or renames. */
  readonly gone: readonly string[];
  /** It, or the base since, changes more files than could be looked at. */
  readonly cut: boolean;
  /** Containers that are rendered with other numbers; `why` where not exactly those differ. */
  readonly changes: readonly {
    readonly at: ScannedContainer;
    readonly wanted: Resources;
    readonly why?: Reason | undefined;
  }[];
}

export interface Verdict {
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
}

const MOST_REASONS = 20;

/** Holds where exactly numbers of the containers that the marker names are rendered otherwise, as proposed. */
export function judgePull(facts: PullFacts): Verdict {
  const { marker, changes, base } = facts;
  const faults = [...shape(facts), ...changes.flatMap((change) => faultsOf(change, marker))];
  if (faults.length > 0) {
    const shown = [...new Set(faults)];
    const more = shown.length > MOST_REASONS ? [`and ${shown.length - MOST_REASONS} more`] : [];
    return {
      conclusion: "failure",
      title: facts.moved.length > 0 ? "The base has moved: the proof no longer holds" : "Not what was proven",
      summary: `${[...shown.slice(0, MOST_REASONS), ...more].map((text) => `- ${text}`).join("\n")}\n\n\`/loadline rebase\` makes the pull request anew.`,
    };
  }
  if (changes.length === 0)
    return {
      conclusion: "neutral",
      title: "No requests or limits change",
      summary: "No container's requests or limits are rendered otherwise.",
    };
  return {
    conclusion: "success",
    title: `Exactly the proposed numbers of ${changes.length} container${changes.length === 1 ? "" : "s"} change`,
    summary: `Rendered with and without this pull request, on ${code(base)} as it is now: nothing else differs.`,
  };
}

function shape({ moved, gone, cut, marker, changes, base }: PullFacts): string[] {
  return [
    ...moved.map((file) => `${code(file)} has changed on ${code(base)} since this was proven`),
    ...gone.map((file) => `${code(file)} is removed or renamed`),
    ...(cut ? ["more files have changed than GitHub lists, so that this can't be judged"] : []),
    ...(marker && changes.length === 0 && moved.length === 0 && gone.length === 0
      ? ["no container's requests or limits are rendered otherwise any more"]
      : []),
  ];
}

function faultsOf({ at, wanted, why }: PullFacts["changes"][number], marker: Marker | undefined): string[] {
  const { workload, container } = refOf(at);
  const name = code(`${workload} ${container}`);
  const fields = changedFields(at.current, wanted);
  const proven = why ? [`${name}: ${code(describeReason(why))}`] : [];
  if (!marker) return [...proven, `${name} changes, and nothing in this pull request says that it should`];
  const own = marker.workloads.filter((entry) => isOf(entry, at));
  // A list that was cut short names not all; then it comes without amounts.
  if (own.length === 0)
    return marker.proposed === undefined ? proven : [...proven, `${name} changes, and was not to`];
  const proposed = own.flatMap((entry) => marker.proposed?.[entry] ?? []);
  const other =
    marker.reverts || proposed.length === 0
      ? []
      : fields.filter((field) =>
          proposed.every((amounts) => !sameQuantity(amounts[field], amountOf(wanted, field))),
        );
  return [
    ...proven,
    ...other.map(
      (field) =>
        `${name}: ${field} becomes ${code(amountOf(wanted, field) ?? "not set")}, which was not proposed`,
    ),
  ];
}

/** An entry is `cluster Kind/namespace/name container`; a manifest may name no namespace. */
function isOf(entry: string, { kind, namespace, workload, container }: ScannedContainer): boolean {
  const [key = "", ofContainer] = entry.split(" ").slice(-2);
  const [ofKind, ofNamespace, ofName] = key.split("/");
  return (
    ofKind === kind &&
    ofName === workload &&
    ofContainer === container &&
    (namespace === undefined || namespace === ofNamespace)
  );
}
