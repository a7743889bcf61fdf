import { REPOSITORY_FILE } from "../../config/repository-file.ts";
import { code } from "../../proposals/markdown.ts";
import type { OwnFault } from "./own-file.ts";

const FAULTS_SHOWN = 50;

/** What people read of a file that can't be: each fault with its line and column. */
export function complaint(fault: OwnFault): string {
  const faults = fault.said.split("\n");
  const more = faults.length - FAULTS_SHOWN;
  return [
    `Loadline can't go by ${code(REPOSITORY_FILE)}. Until this is put right, ${meanwhile(fault)}:`,
    "",
    ...faults.slice(0, FAULTS_SHOWN).map((line) => `- ${code(line.slice(0, 500).toWellFormed())}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "This issue is closed once the file can be read again.",
  ].join("\n");
}

/** `the file as it was at 1a2b3c4d5e stays in force`. */
export function meanwhile({ inForce }: OwnFault): string {
  if (inForce.length === 0) return "this repository is left alone";
  return `${inForce.join(" and ")} ${inForce.length === 1 ? "stays" : "stay"} in force`;
}

/** With what the issue is closed. */
export function overNow(isThere: boolean): string {
  return isThere
    ? "The file can be read again, and counts from now on."
    : "The file is gone, so that nothing in it is wrong any more.";
}
