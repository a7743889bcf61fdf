import type { DisruptionBudget, WorkloadKind } from "../../domain/workload.ts";
import { type ContainerRef, placeOf, refOf } from "../../gitops/scan.ts";
import type { PlannedContainer } from "../evidence.ts";
import { code, prose } from "../markdown.ts";
import { counted, severalClusters } from "./words.ts";

const LINES_SHOWN = 30;

/** What a new pod template sets off, by kind of workload. */
const EFFECT: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "pods are replaced by its rollout strategy",
  StatefulSet: "pods are replaced one after the other",
  DaemonSet: "the pod of each node is replaced",
  Rollout: "a new rollout begins, with its steps",
  Job: "only a new Job gets them: the template of one that exists can't change",
  CronJob: "from the next run on",
};

/** What the merge does to what runs, and who else reads the lines. */
export function effect(changed: readonly PlannedContainer[]): string {
  const workloads = new Map(
    changed.map((one) => [
      `${one.cluster} ${one.workload.kind} ${one.workload.namespace}/${one.workload.name}`,
      one,
    ]),
  );
  const clusters = severalClusters(changed);
  const shown = [...workloads.values()].slice(0, LINES_SHOWN);
  const lines = shown.map(({ workload, replicas, cluster, disruptionBudgets: budgets = [] }) => {
    const pods = replicas === undefined ? "" : ` (${counted(replicas, "replica")})`;
    const where = clusters ? ` in ${code(cluster)}` : "";
    const name = code(`${workload.kind} ${workload.namespace}/${workload.name}`);
    return `- ${name}${where}${pods}: ${EFFECT[workload.kind]}${budgets.map(protectedBy).join("")}`;
  });
  const more = workloads.size - lines.length;
  return [
    "### What the merge does",
    ...lines,
    ...(more > 0 ? [`- and ${counted(more, "more workload")}`] : []),
    "",
    "A changed template makes new pods, nothing is resized in place; how many at a time is the workload's own strategy, which no PodDisruptionBudget slows.",
    ...(shown.some(({ disruptionBudgets: budgets = [] }) => budgets.some(isFull)) ? [NO_ROOM] : []),
    ...whatSyncingDoes(changed),
    ...alsoFed(changed),
  ].join("\n");
}

const NO_ROOM =
  "Where a PodDisruptionBudget lets no pod go, draining a node waits, as ever, and `/loadline try` does not begin.";

/** What lasts is told; how many may go at the moment is not, since a body is read days later. */
function protectedBy({ name, counts }: DisruptionBudget): string {
  const stay = counts ? `: ${counts.mustStay} of ${counted(counts.pods, "pod")} must stay` : "";
  return `; PodDisruptionBudget ${code(name)}${stay}`;
}

function isFull({ counts }: DisruptionBudget): boolean {
  return counts !== undefined && counts.pods > 0 && counts.mustStay >= counts.pods;
}

/** What the GitOps tool does with it otherwise, or later, than one thinks. */
function whatSyncingDoes(changed: readonly PlannedContainer[]): string[] {
  const effects = changed.flatMap(({ source: { live } }) => live?.effects ?? []);
  const said = [...new Set(effects.map(({ message }) => message))];
  const lines = said.slice(0, LINES_SHOWN).map((message) => `- ${prose(message)}`);
  return lines.length === 0 ? [] : ["", "Of the way to the cluster:", "", ...lines];
}

/** Containers besides those above that the same lines feed. */
function alsoFed(changed: readonly PlannedContainer[]): string[] {
  const name = ({ workload, container }: Pick<ContainerRef, "workload" | "container">): string =>
    `${workload} ${container}`;
  const own = new Set(changed.flatMap(({ source: { at } }) => (at ? [name(refOf(at))] : [])));
  const fed = changed.flatMap(({ source: { at, proof } }) =>
    (proof?.changed ?? []).flatMap(({ resource }) => (at ? (placeOf(at, resource)?.feeds ?? []) : [])),
  );
  const others = [...new Set(fed.map(name))].filter((one) => !own.has(one));
  if (others.length === 0) return [];
  const shown = others.slice(0, LINES_SHOWN).map(code).join(", ");
  return ["", `The same lines feed ${shown}${others.length > LINES_SHOWN ? ", …" : ""}.`];
}
