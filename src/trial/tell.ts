import { formatDuration } from "../domain/duration.ts";
import { cpuQuantity, memoryQuantity } from "../domain/quantity.ts";
import { code, prose, table } from "../proposals/markdown.ts";
import type { TrialSeen, UseSeen } from "./seen.ts";
import { type Ending, namespaceOf, type Trial } from "./trial.ts";

export interface Telling {
  readonly cluster: string;
  readonly trial: Trial;
  readonly seen?: TrialSeen | undefined;
  /** Why the pod could not be put back so far, or why its node takes its time. */
  readonly trouble?: string | undefined;
}

/** What a pull request says of its trial, now; the same trial in the same state is told in the same words. */
export function tellTrial(telling: Telling): string {
  const { trial, cluster, seen } = telling;
  const { workload, pod } = trial;
  return [
    `### Trial of ${code(workload)} in ${code(cluster)}`,
    `${state(telling)} The pod is ${code(pod.name)}, and ${code(trial.by)} asked for it at ${minute(trial.startedAt)}.`,
    sizes(trial),
    ...(trial.resizedAt === undefined ? [] : [seenTable(trial, seen)]),
    ...(trial.backAt === undefined ? ["`/loadline try stop` ends it now."] : []),
  ].join("\n\n");
}

function verdictOf({ ended, containers }: Trial): string {
  const names = containers.map(({ name }) => code(name)).join(", ");
  const message = ended?.message === undefined ? "" : `: ${prose(ended.message)}`;
  return ended ? VERDICTS[ended.how](names, message) : "is under way";
}

const VERDICTS: Readonly<Record<Ending, (names: string, message: string) => string>> = {
  held: (names) => `**It held**: ${names} ran with the proposed values, without a restart or an OOM kill.`,
  "not-taken-up": (_, message) =>
    `**Nothing was tried**: the node did not give the pod the values in time${message}.`,
  "oom-killed": (_, message) => `**It did not hold**: killed for its memory (OOM)${message}.`,
  restarted: (_, message) => `**It did not hold**: a container restarted${message}.`,
  "not-ready": () => "**It did not hold**: the pod was not ready any more.",
  infeasible: (_, message) => `**Nothing was tried**: the node can't give the pod the values${message}.`,
  deferred: (_, message) => `**Nothing was tried**: the node has no room for the values now${message}.`,
  gone: () => "**It was cut short**: the pod is gone.",
  interfered: () => "**It was cut short**: somebody else changed the size of the pod.",
  refused: (_, message) => `**Nothing was tried**: the API server refused${message}.`,
  stopped: (_, message) => `**It was stopped**${message}.`,
};

function state({ trial, trouble }: Telling): string {
  const { ended, resizedAt, backAt, until, pod } = trial;
  const why = trouble === undefined ? "" : ` (${code(trouble)})`;
  if (!ended)
    return resizedAt === undefined
      ? `One pod is to get the proposed values until ${minute(until)}; its node has not given them yet${why}.`
      : `One pod has the proposed values since ${minute(resizedAt)}, until ${minute(until)}.`;
  const verdict = verdictOf(trial);
  if (backAt !== undefined)
    return ended.how === "gone"
      ? `${verdict} Nothing is to be put back.`
      : `${verdict} The pod has its old size again since ${minute(backAt)}.`;
  const help = `If that lasts, ${code(`kubectl --namespace ${namespaceOf(trial)} delete pod ${pod.name}`)} gives a new one of the old size.`;
  return trouble === undefined
    ? `${verdict} The pod is being put back to its old size.`
    : `${verdict} The pod is not back at its old size yet${why}; it is tried again and again. ${help}`;
}

function sizes({ containers }: Trial): string {
  const rows = containers.flatMap(({ name, changes }) =>
    changes.map(({ field, before, after }) => [code(name), field, code(before), code(after)]),
  );
  return table(["container", "", "its size", "tried"], rows);
}

function seenTable({ resizedAt, ended }: Trial, seen: TrialSeen | undefined): string {
  if (!seen)
    return ended
      ? "What it used was not measured: this cluster's metrics know nothing of single pods."
      : "What it uses will stand here after ten minutes.";
  const rows = seen.containers.flatMap(({ name, before, during }) =>
    MEASURES.map(([label, of]) => [code(name), label, of(before), of(during)]),
  );
  const span = formatDuration(seen.seconds);
  return [
    `What the pod used from ${minute(resizedAt ?? "")} on, and as long before:`,
    table(["container", "", `${span} before`, `${span} of the trial`], rows),
  ].join("\n\n");
}

const NOT_MEASURED = "—";

const MEASURES: readonly (readonly [label: string, of: (use: UseSeen) => string])[] = [
  ["CPU, p95", ({ cpu }) => (cpu ? code(cpuQuantity(cpu.p95Cores)) : NOT_MEASURED)],
  ["CPU, peak", ({ cpu }) => (cpu ? code(cpuQuantity(cpu.maxCores)) : NOT_MEASURED)],
  ["memory, peak", ({ memory }) => (memory ? code(memoryQuantity(memory.maxBytes)) : NOT_MEASURED)],
  [
    "throttled",
    ({ throttled }) => (throttled === undefined ? NOT_MEASURED : `${(throttled * 100).toFixed(1)} %`),
  ],
];

/** `2026-11-22 07:05 UTC`. */
function minute(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
}
