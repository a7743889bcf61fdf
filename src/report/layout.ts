import { styleText } from "node:util";
import type { Certainty } from "../gitops/scan.ts";

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Everything fits a terminal of 100 columns. */
const WIDTH = 100;

export const CERTAINTY_STYLE: Readonly<Record<Certainty | "unchanged", Style>> = {
  proven: "green",
  unchanged: "green",
  probable: "yellow",
  ambiguous: "yellow",
  refused: "red",
  unmapped: "gray",
};

/** Paints where a person's terminal shows colors, and leaves text alone elsewhere. */
export function painter(colors: boolean): Paint {
  return (style, text) => (colors ? styleText(style, text, { validateStream: false }) : text);
}

/** Cut to leave a blank before the next column. */
export function cell(text: string, width: number): string {
  return (text.length < width ? text : `${text.slice(0, width - 2)}…`).padEnd(width);
}

/** Lines that fit, broken between words; a word that is too long, such as a path, stays whole. */
export function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

/** Text beside a head of columns, below it in the same column where it is long, further left where a word is. */
export function beside(head: string, text: string): string[] {
  const lines = wrapped(text, " ".repeat(head.length));
  if (lines.some((line) => line.length > WIDTH)) return [head.trimEnd(), ...wrapped(text, "      ")];
  const [first = "", ...more] = lines;
  return [head + first.slice(head.length), ...more];
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

export function paintDiffLine(line: string, paint: Paint): string {
  if (line.startsWith("+++") || line.startsWith("---")) return paint("bold", line);
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  return line.startsWith("@@") ? paint("cyan", line) : line;
}
