import { code } from "../proposals/markdown.ts";

const FAULTS_SHOWN = 50;

/** What people read of a file that can't be: each fault with its line and column. */
export function complaint(fault: string): string {
  const faults = fault.split("\n");
  const more = faults.length - FAULTS_SHOWN;
  return [
    "Until this is put right, Loadline leaves this repository alone:",
    "",
    ...faults.slice(0, FAULTS_SHOWN).map((line) => `- ${code(line.slice(0, 500).toWellFormed())}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "This issue is closed once the file can be read again.",
  ].join("\n");
}

export const READABLE_AGAIN = "The file can be read again, and counts from now on.";
