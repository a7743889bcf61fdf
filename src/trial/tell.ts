import { formatDuration } from "../domain/duration.ts";
import { baseUnits, cpuQuantity, memoryQuantity } from "../domain/quantity.ts";
import type { ResourceField } from "../domain/resources.ts";
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

/** A line for the reasons of what is proposed; `undefined` where nothing was tried, or not to an end. */
export function triedLine(cluster: string, { ended, resizedAt, containers }: Trial): string | undefined {
  if (!ended || resizedAt === undefined || !SHOWN_BY_ITSELF.has(ended.how)) return undefined;
  const seconds = Math.round((Date.parse(ended.at) - Date.parse(resizedAt)) / 1000);
  const names = containers.map(({ name }) => code(name)).join(", ");
  const what = ended.how === "held" ? "it held" : "**it did not hold**";
  return `- ${names} in ${code(cluster)} tried on one pod for ${formatDuration(seconds)} until ${minute(ended.at)}: ${what}; a comment tells more`;
}

const SHOWN_BY_ITSELF: ReadonlySet<Ending> = new Set(["held", "oom-killed", "restarted", "not-ready"]);

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
  alone: () => "**It was cut short**: no other pod of the workload was ready any more.",
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

function seenTable({ resizedAt, ended, containers }: Trial, seen: TrialSeen | undefined): string {
  if (!seen)
    return ended
      ? "What it used was not measured: the time was too short, or this cluster's metrics know nothing of single pods."
      : "What it uses will stand here after ten minutes.";
  const rows = seen.containers.flatMap(({ name, before, during }) => {
    const changes = containers.find((one) => one.name === name)?.changes ?? [];
    return MEASURES.map(({ label, of, write, against }) => {
      const [was, is] = [of(before), of(during)];
      const [tried] = against.flatMap((field) => changes.filter((one) => one.field === field));
      return [code(name), label, shown(was, write), shown(is, write), shareOf(is, tried?.after)];
    });
  });
  const span = formatDuration(seen.seconds);
  return [
    `What the pod used from ${minute(resizedAt ?? "")} on, and as long before:`,
    table(["container", "", `${span} before`, `${span} of the trial`, "of what is tried"], rows),
  ].join("\n\n");
}

const NOT_MEASURED = "—";

function shown(value: number | undefined, write: (value: number) => string): string {
  return value === undefined ? NOT_MEASURED : write(value);
}

function shareOf(value: number | undefined, tried: string | undefined): string {
  if (value === undefined || tried === undefined || baseUnits(tried) === 0) return "";
  return `${((value / baseUnits(tried)) * 100).toFixed(0)} % of ${code(tried)}`;
}

interface Measure {
  readonly label: string;
  readonly of: (use: UseSeen) => number | undefined;
  readonly write: (value: number) => string;
  /** What it is held against, the first of these that is tried. */
  readonly against: readonly ResourceField[];
}

const MEASURES: readonly Measure[] = [
  {
    label: "CPU, p95",
    of: ({ cpu }) => cpu?.p95Cores,
    write: (cores) => code(cpuQuantity(cores)),
    against: ["requests.cpu"],
  },
  {
    label: "CPU, peak",
    of: ({ cpu }) => cpu?.maxCores,
    write: (cores) => code(cpuQuantity(cores)),
    against: ["limits.cpu"],
  },
  {
    label: "memory, peak",
    of: ({ memory }) => memory?.maxBytes,
    write: (bytes) => code(memoryQuantity(bytes)),
    against: ["limits.memory", "requests.memory"],
  },
  {
    label: "throttled periods",
    of: ({ throttled }) => throttled,
    write: (share) => `${(share * 100).toFixed(1)} %`,
    against: [],
  },
];

/** `2026-11-22 07:05 UTC`. */
function minute(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
}
