import { REPOSITORY_FILE } from "../config/repository-file.ts";
import { printable } from "../report/printable.ts";
import type { SweepResult, SweptRepository } from "../sweep/sweep.ts";

/** What a sweep did, and what is awaited, a line for each. */
export function sweepSummary({ containers, repositories, failures }: SweepResult): string {
  const waiting = containers.filter(({ held }) => held.some(({ code }) => code === "waits-for-environment"));
  return [
    `${containers.length} containers looked at`,
    ...(waiting.length > 0 ? [`waiting for an environment that comes first: ${waiting.length}`] : []),
    ...repositories.flatMap(sweptLines),
    ...failures.map((text) => `failed: ${printable(text)}`),
    "",
  ].join("\n");
}

function sweptLines(swept: SweptRepository): string[] {
  const { repository, published, waiting, held, closed, merged } = swept;
  return [
    `${repository}: ${headline(swept)}`,
    ...published.map(
      ({ outcome, number, proposal }) => `  #${number} ${outcome}: ${printable(proposal.title)}`,
    ),
    ...waiting.map(({ title }) => `  waiting: ${printable(title)}`),
    ...held.map(
      ({ proposal, reason }) => `  held: ${printable(proposal.title)}: ${printable(reason.message)}`,
    ),
    ...merged.map(({ number, proposal }) => `  #${number} merged: ${printable(proposal.title)}`),
    ...closed.map(({ number, title, why }) => `  #${number} closed: ${printable(title)}: ${printable(why)}`),
  ];
}

function headline({ published, waiting, held, onboarding }: SweptRepository): string {
  if (onboarding?.outcome === "declined")
    return `silent, since #${onboarding.number}, which would add ${REPOSITORY_FILE}, was not wanted; it begins once there is such a file`;
  if (onboarding)
    return `#${onboarding.number} ${onboarding.outcome}, which adds ${REPOSITORY_FILE}: nothing else is opened until it is merged`;
  const proposals = published.length + waiting.length + held.length;
  return proposals === 0 ? "nothing to propose" : `${proposals} proposal${proposals === 1 ? "" : "s"}`;
}
