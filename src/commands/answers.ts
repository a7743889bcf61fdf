import type { CommandName } from "../domain/command-name.ts";
import { cpuQuantity, memoryQuantity } from "../domain/quantity.ts";
import { describeReason } from "../domain/reason.ts";
import { workloadKey } from "../domain/workload.ts";
import { placeOf } from "../gitops/scan.ts";
import { formatPlace } from "../gitops/trace/place.ts";
import type { Method, PlannedContainer, UsageSummary } from "../proposals/evidence.ts";
import { code, prose, table } from "../proposals/markdown.ts";
import type { Command } from "./parse.ts";

const MEANING: Readonly<Record<CommandName, readonly [usage: string, meaning: string]>> = {
  help: ["help", "lists the commands"],
  explain: ["explain [container]", "says how the numbers came about"],
  set: [
    "set [container] cpu=250m memory=384Mi",
    "proposes these values instead, proven anew; limits as `limits.memory=512Mi`",
  ],
  undo: ["undo", "takes back the last `set`"],
  refresh: ["refresh", "measures again and brings this repository's pull requests up to date"],
  rebase: ["rebase", "makes this branch anew on today's base, without anybody else's commits"],
  approve: ["approve", "merges this pull request as soon as its checks have passed"],
  merge: ["merge", "merges this pull request now"],
  hold: ["hold [2w]", "leaves this pull request as it is for a time"],
  try: [
    "try [2h] [container]",
    "gives one pod these values for a while, watches it, and puts it back; `try stop`",
  ],
  ignore: [
    "ignore [container] [until 2027-01-31] [reason …]",
    "writes into `.github/loadline.yml` that this is left alone",
  ],
  split: ["split", "makes a pull request of its own for each workload"],
  revert: ["revert", "in a merged pull request: opens one that takes it back"],
  sweep: ["sweep", "the same as `refresh`, in any issue"],
};

export function helpAnswer(): string {
  const rows = Object.values(MEANING).map(([usage, meaning]) => [code(`/loadline ${usage}`), meaning]);
  return table(["command", "what it does"], rows);
}

export function malformedAnswer({ command, problem }: Extract<Command, { name: "malformed" }>): string {
  return `That is not how ${code(command)} is written: ${prose(problem)}. For example ${code(`/loadline ${MEANING[command][0]}`)}.`;
}

export function unknownAnswer({ word, nearest }: Extract<Command, { name: "unknown" }>): string {
  const hint = nearest === undefined ? "" : ` Did you mean ${code(`/loadline ${nearest}`)}?`;
  return `There is no command ${code(word)}.${hint}\n\n${helpAnswer()}`;
}

/** GitHub takes 65,536 characters; a comment may hold several answers. */
const LONGEST_ANSWER = 20_000;

/** Everything that is known about the containers of one proposal. */
export function explainAnswer(containers: readonly PlannedContainer[], method: Method): string {
  if (containers.length === 0)
    return "Nothing is proposed for this pull request any more: usage or files have changed since.";
  const parts: string[] = [];
  let room = LONGEST_ANSWER;
  for (const container of containers) {
    const part = explainContainer(container, method);
    room -= part.length + 2;
    if (room < 0) break;
    parts.push(part);
  }
  const left = containers.length - parts.length;
  if (left > 0) parts.push(`and ${left} more, for which there is no room here`);
  return parts.join("\n\n");
}

function explainContainer(planned: PlannedContainer, { window }: Method): string {
  const { workload, container, cluster, usage, source, held, confidence, confidenceLevel } = planned;
  const { because, guarded, urgent, policy } = planned;
  const lines = [`**${code(`${workloadKey(workload)} ${container}`)}** in ${code(cluster)}`];
  const measured = (used: UsageSummary | undefined, quantity: typeof cpuQuantity): string =>
    used === undefined
      ? "not measured"
      : `p95 ${quantity(used.p95)}, peak ${quantity(used.max)}, from ${used.samples} samples`;
  lines.push(
    `- CPU over ${window}: ${measured(usage.cpu, cpuQuantity)}`,
    `- memory: ${measured(usage.memory, memoryQuantity)}`,
    `- confidence ${confidenceLevel} (${confidence.toFixed(2)})`,
    `- policy ${code(policy.name)}: ${prose(policy.because)}`,
    ...urgent.map(({ resource, message }) => `- ${resource} raised without delay: ${prose(message)}`),
    ...because.map(({ resource, sentence }) => `- ${resource}: ${prose(sentence)}`),
    ...guarded.map(({ resource, message }) => `- ${resource} guarded: ${prose(message)}`),
  );
  for (const { resource, before, after } of source.proof?.changed ?? []) {
    const found = source.at && placeOf(source.at, resource);
    const place = found ? ` at ${code(`${found.file}:${found.line}`)}, key ${code(formatPlace(found))}` : "";
    const from = before === undefined ? "added" : `${code(before)} →`;
    lines.push(`- ${resource} ${from} ${after === undefined ? "none" : code(after)}${place}`);
  }
  lines.push(
    `- the place is ${source.status}${source.reason ? `: ${prose(describeReason(source.reason))}` : ""}`,
  );
  for (const { resource, message } of held) lines.push(`- ${resource} held: ${prose(message)}`);
  return lines.join("\n");
}
