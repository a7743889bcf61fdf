import type { Command } from "../commands/parse.ts";
import { meant } from "../commands/target.ts";
import { formatDuration } from "../domain/duration.ts";
import { workloadKey } from "../domain/workload.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { code, prose } from "../proposals/markdown.ts";
import { readMarker } from "../proposals/marker.ts";
import { fullName, NEEDS_PULL, type OrderContext, ownProposal } from "./order.ts";

type TryCommand = Extract<Command, { readonly name: "try" }>;

const USUAL_SECONDS = 7200;
const SHORTEST_SECONDS = 300;

/** Gives one pod of a workload of this pull request the proposed values for a while, or ends that. */
export async function tryOut(context: OrderContext, command: TryCommand): Promise<string> {
  const { pull, sweeper } = context;
  if (!pull?.marker) return NEEDS_PULL;
  if ("stop" in command) return await stop(context);
  const proposal = ownProposal(context, await sweeper.plan());
  const among = proposal?.containers ?? [];
  if (proposal && readMarker(proposal.body)?.fingerprint !== pull.marker.fingerprint)
    return "Other values than these would be proposed today. `/loadline refresh` brings this pull request up to date; ask again after that.";
  const chosen = ofOneWorkload(command.target, among);
  if (typeof chosen === "string") return chosen;
  const problem = problemWith(chosen, command.seconds);
  if (problem !== undefined) return problem;
  const seconds = command.seconds ?? Math.min(USUAL_SECONDS, longestOf(chosen));
  return await begin(context, pull.marker.fingerprint, chosen, seconds);
}

async function begin(
  { trials, repository, issue, login }: OrderContext,
  evidence: string,
  chosen: readonly [PlannedContainer, ...PlannedContainer[]],
  seconds: number,
): Promise<string> {
  const [{ cluster, workload }] = chosen;
  const begun = await trials.begin({
    cluster,
    wish: {
      workload,
      restarts: chosen.every(({ policy }) => policy.trial?.restarts === true),
      containers: chosen.map(({ container, source }) => ({
        name: container,
        // A limit that is to go stays for the trial: no running pod can lose one.
        changes: (source.proof?.changed ?? []).flatMap(({ resource, before, after }) =>
          after === undefined ? [] : [{ field: resource, before, after }],
        ),
      })),
    },
    seconds,
    repository: fullName(repository),
    pull: issue,
    by: login,
    evidence,
  });
  const what = `${code(workloadKey(workload))} in ${code(cluster)}`;
  if ("code" in begun) return `Nothing is tried on ${what}: ${prose(begun.message)}.`;
  return `The pod ${code(begun.pod.name)} of ${what} gets the proposed values for ${formatDuration(seconds)}, and its old ones back after that. What is seen will stand in a comment of its own; \`/loadline try stop\` ends it before.`;
}

async function stop({ trials, repository, issue, login }: OrderContext): Promise<string> {
  const stopped = await trials.stop(fullName(repository), issue, `by ${login}`);
  return stopped.length === 0
    ? "No trial of this pull request is under way."
    : `Ended, and put back to the old size: a pod of ${stopped.map(code).join(", ")}.`;
}

/** All containers that are meant, which have to be of one workload in one cluster. */
function ofOneWorkload(
  target: string | undefined,
  among: readonly PlannedContainer[],
): readonly [PlannedContainer, ...PlannedContainer[]] | string {
  const [word = "", ...rest] = target?.split(" ") ?? [];
  const inCluster = among.filter(({ cluster }) => cluster.toLowerCase() === word.toLowerCase());
  const chosen =
    inCluster.length > 0
      ? meant(rest.length > 0 ? rest.join(" ") : undefined, inCluster)
      : meant(target, among);
  const [first, ...more] = chosen;
  if (first && more.every((one) => nameOf(one) === nameOf(first))) return [first, ...more];
  const names = [...new Set((chosen.length > 0 ? chosen : among).map(nameOf))].slice(0, 20);
  if (names.length === 0)
    return "Nothing is proposed for this pull request any more, so that nothing can be tried.";
  const what = first
    ? "Which workload?"
    : `${code(target ?? "")} is no container or workload of this pull request.`;
  return [`${what} Name one of these:`, ...names.map((name) => `- ${code(name)}`)].join("\n");
}

/** As it may be written after `try`. */
function nameOf({ cluster, workload }: PlannedContainer): string {
  return `${cluster} ${workloadKey(workload)}`;
}

function longestOf(chosen: readonly PlannedContainer[]): number {
  return Math.min(...chosen.map(({ policy }) => policy.trial?.longestSeconds ?? 0));
}

function problemWith(chosen: readonly PlannedContainer[], seconds: number | undefined): string | undefined {
  const longest = longestOf(chosen);
  if (longest === 0)
    return "The policy of this workload allows no trials: `trial.longest` in the operator's configuration, or in this repository's own, is off.";
  if (seconds !== undefined && seconds > longest)
    return `The policy allows trials of ${formatDuration(longest)} at the most.`;
  return (seconds ?? longest) < SHORTEST_SECONDS
    ? `A trial of less than ${formatDuration(SHORTEST_SECONDS)} would show nothing.`
    : undefined;
}
