import { cpuQuantity, memoryQuantity, type Quantity, sameQuantity } from "../domain/quantity.ts";
import { type ResourceName, splitField } from "../domain/resources.ts";
import { describeReason } from "../domain/reason.ts";
import { type WorkloadId } from "../domain/workload.ts";
import { placeOf } from "../gitops/scan.ts";
import type { Method, PlannedContainer } from "./evidence.ts";
import { code, prose, table } from "./markdown.ts";
import { describeChange, totalChange } from "./totals.ts";

/** GitHub takes 65,536 characters; the marker and a margin are left. */
const LONGEST_BODY = 60_000;
const ROWS_SHOWN = 150;

/** What a reviewer reads: what and why first, then the evidence, the proof, what was held. */
export function renderBody(
  changed: readonly PlannedContainer[],
  held: readonly PlannedContainer[],
  method: Method,
): string {
  const sections = [
    headline(changed, method),
    changeTable(changed),
    howDecided(method),
    proofSection(changed),
    heldSection(held),
    COMMANDS,
  ];
  const body = sections.filter((section) => section !== "").join("\n\n");
  if (body.length <= LONGEST_BODY) return body;
  const lastLine = Math.max(0, body.lastIndexOf("\n", LONGEST_BODY));
  return `${body.slice(0, lastLine)}\n\n… cut here: the rest did not fit.`;
}

const COMMANDS = [
  "<details><summary>Commands</summary>",
  "",
  "Write one as a comment: `/loadline explain` says how these numbers came about, `/loadline refresh` computes them anew, `/loadline help` lists all. Close this pull request to decline it.",
  "",
  "</details>",
].join("\n");

/** The container with the largest gap between what it asks for and what it uses. */
function headline(changed: readonly PlannedContainer[], method: Method): string {
  const [first] = changed.toSorted((a, b) => weight(b) - weight(a));
  if (!first) return "";
  const name = code(`${first.workload.namespace}/${first.workload.name}`);
  const total = describeChange(totalChange(changed));
  const more =
    changed.length > 1 ? ` ${changed.length} containers change: ${total}.` : ` In total: ${total}.`;
  const claims = (["cpu", "memory"] as const).flatMap((resource) => claim(first, resource, method));
  return `**${name} ${claims.join(", and ")}.**${more}`;
}

const LABEL: Readonly<Record<ResourceName, string>> = { cpu: "CPU", memory: "memory" };

function claim(container: PlannedContainer, resource: ResourceName, method: Method): string[] {
  const after = container.recommended?.requests[resource];
  const before = container.current.requests[resource];
  if (!container.usage || after === undefined || sameQuantity(before, after)) return [];
  const used = amount(resource, container.usage[resource].percentile);
  const asks =
    before === undefined ? `asks for no ${LABEL[resource]}` : `asks for ${code(before)} ${LABEL[resource]}`;
  return [`${asks} and uses ${code(used)} at p${method.percentile}`];
}

function weight(container: PlannedContainer): number {
  const { before, after } = totalChange([container]);
  return Math.abs(after.cores - before.cores) + Math.abs(after.bytes - before.bytes) / 2 ** 32;
}

function changeTable(changed: readonly PlannedContainer[]): string {
  const clusters = new Set(changed.map(({ cluster }) => cluster));
  const rows = changed.slice(0, ROWS_SHOWN).flatMap((container) =>
    // What the edit was proven to change: other clusters that share the file may need more than this one.
    (container.source.proof?.changed ?? []).map(({ resource: field, before, after }) => {
      const [, resource] = splitField(field);
      const place = container.source.at && placeOf(container.source.at, field);
      return [
        ...(clusters.size > 1 ? [code(container.cluster)] : []),
        code(name(container.workload, container.container)),
        field.replace(".", " "),
        `${before === undefined ? "—" : code(before)} → **${code(after)}**`,
        container.usage
          ? `${amount(resource, container.usage[resource].percentile)} · ${amount(resource, container.usage[resource].max)}`
          : "—",
        place ? code(`${place.file}:${place.line}`) : "—",
      ];
    }),
  );
  const head = [
    ...(clusters.size > 1 ? ["cluster"] : []),
    "container",
    "field",
    "now → proposed",
    "used: percentile · peak",
    "line",
  ];
  const more = changed.length > ROWS_SHOWN ? `\n\nand ${changed.length - ROWS_SHOWN} more containers` : "";
  return table(head, rows) + more;
}

function howDecided({ window, percentile, safetyFactor }: Method): string {
  return [
    "### How it was decided",
    `Requests: the ${percentile}th percentile of all pods' usage over ${window}, times ${safetyFactor.cpu} (CPU) and ${safetyFactor.memory} (memory), within the policy's bounds, rounded up. A CPU limit stays as it is. A memory limit keeps its ratio to the request and stays above the peak times ${safetyFactor.memory}.`,
  ].join("\n");
}

function proofSection(changed: readonly PlannedContainer[]): string {
  const probable = changed.filter(({ source }) => source.status === "probable");
  const doubt =
    probable.length > 0
      ? [
          `\n${probable.length} of them are only *probably* the right place:`,
          ...probable.map(
            ({ workload, container, source }) =>
              `- ${code(name(workload, container))}: ${prose(source.reason?.message ?? "")}`,
          ),
        ]
      : [];
  const rendered = changed.filter(({ source }) => source.proof?.rendered);
  const unrendered = changed.length - rendered.length;
  const proof =
    rendered.length > 0
      ? `The files were rendered before and after the edit and compared as objects: ${fieldsOf(rendered)} of ${counted(rendered.length, "container")} differ, by exactly the values above, and nothing else.`
      : "";
  const only =
    unrendered > 0
      ? `${counted(unrendered, "container")} could not be rendered here: only the lines above were edited.`
      : "";
  return ["### Proof", ...[proof, only].filter((line) => line !== ""), ...doubt].join("\n");
}

function fieldsOf(changed: readonly PlannedContainer[]): string {
  return counted(
    changed.reduce((count, { source }) => count + (source.proof?.changed.length ?? 0), 0),
    "field",
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function heldSection(held: readonly PlannedContainer[]): string {
  const lines = held
    .slice(0, ROWS_SHOWN)
    .flatMap(({ workload, container, held: holds, source }) => [
      ...holds
        .filter(({ code: reason }) => reason !== "right-sized")
        .map(
          ({ resource, message }) => `- ${code(name(workload, container))} ${resource}: ${prose(message)}`,
        ),
      ...(source.proof === undefined && source.reason
        ? [`- ${code(name(workload, container))}: ${prose(describeReason(source.reason))}`]
        : []),
    ]);
  return lines.length === 0 ? "" : ["### Held back", ...lines].join("\n");
}

function name({ kind, namespace, name: workload }: WorkloadId, container: string): string {
  return `${kind} ${namespace}/${workload} · ${container}`;
}

function amount(resource: ResourceName, value: number): Quantity {
  return resource === "cpu" ? cpuQuantity(value) : memoryQuantity(value);
}
