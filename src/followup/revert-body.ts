import { code, prose } from "../proposals/markdown.ts";
import type { Marker } from "../proposals/marker.ts";
import type { Finding } from "./worse.ts";
import { type Target, targetKey } from "./target.ts";

/** A target that a merge hurt. */
export interface Hurt {
  readonly target: Target;
  readonly findings: readonly Finding[];
}

/** Why a merge is taken back, as its reviewer reads it. */
export function whyReverted(number: number, hurt: readonly Hurt[]): string[] {
  return [
    `Takes back #${number}: things got worse after it. The lines are as they were before it, and nothing else changes.`,
    "",
    ...hurt.flatMap(({ target, findings }) => [
      `- ${code(targetKey(target).split(" ")[1] ?? "")} in ${code(target.cluster)}`,
      ...findings.map(({ sentence }) => `  - ${prose(sentence)}`),
    ]),
    "",
    "While this is open or merged, the workloads rest, and what was too little is not proposed again. Close it if the cause was another one.",
  ];
}

/** The amounts that were too little, by the names of containers in markers. */
export function tooLittleOf(hurt: readonly Hurt[]): NonNullable<Marker["proposed"]> {
  const amounts: NonNullable<Marker["proposed"]> = {};
  for (const { target, findings } of hurt)
    for (const { container, field, amount } of findings.flatMap(({ tooLittle }) => tooLittle)) {
      const name = `${targetKey(target)} ${container}`;
      amounts[name] = { ...amounts[name], [field]: amount };
    }
  return amounts;
}
