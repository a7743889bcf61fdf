import { closest, distance } from "fastest-levenshtein";

export const COMMANDS = ["help", "explain", "refresh"] as const;
export type CommandName = (typeof COMMANDS)[number];

export type Command =
  | { readonly name: CommandName; readonly words: readonly string[] }
  | { readonly name: "unknown"; readonly word: string; readonly nearest: CommandName | undefined };

/** More than anybody writes; a comment can hold thousands. */
const MOST_COMMANDS = 10;

/** Also in items of lists; what follows backticks tells the language and holds none itself. */
const FENCE_OPENS = /^ {0,3}(?:(?:[-*+]|\d{1,9}[.)]) +)*(`{3,}(?=[^`]*$)|~{3,})/;
const FENCE_CLOSES = /^\s*(`{3,}|~{3,})\s*$/;
const COMMAND = /^ {0,3}\/loadline(?!\S)(.*)$/is;

/**
 * The commands of a comment in order: lines that begin with `/loadline`. Those in quotes and in code are
 * somebody's example, not an order.
 */
export function parseCommands(comment: string): Command[] {
  const commands: Command[] = [];
  let fence: string | undefined;
  for (const line of comment.split(/\r?\n/)) {
    if (fence !== undefined) {
      if (FENCE_CLOSES.exec(line)?.[1]?.startsWith(fence)) fence = undefined;
      continue;
    }
    fence = FENCE_OPENS.exec(line)?.[1];
    const [, words] = COMMAND.exec(line) ?? [];
    if (words !== undefined) commands.push(command(words.trim()));
  }
  return commands.slice(0, MOST_COMMANDS);
}

const LONGEST_WORD = 40;

function command(text: string): Command {
  const [first = "help", ...words] = text.split(/\s+/).filter((word) => word !== "");
  const name = COMMANDS.find((known) => known === first.toLowerCase());
  if (name) return { name, words };
  const word = first.slice(0, LONGEST_WORD);
  const near = COMMANDS.find((known) => known === closest(word.toLowerCase(), COMMANDS));
  return {
    name: "unknown",
    word,
    nearest: near && distance(word.toLowerCase(), near) <= 3 ? near : undefined,
  };
}
