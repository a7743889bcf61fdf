import { closest, distance } from "fastest-levenshtein";
import { COMMANDS, type CommandName } from "../domain/command-name.ts";
import { parseDuration } from "../domain/duration.ts";
import { isQuantity, type Quantity } from "../domain/quantity.ts";
import { RESOURCE_FIELDS, type ResourceField } from "../domain/resources.ts";

/** What a command says besides its name; `target` is a container or workload, in the words of the person. */
export type Command =
  | { readonly name: Plain }
  | { readonly name: "explain"; readonly target?: string }
  | { readonly name: "set"; readonly target?: string; readonly amounts: ReadonlyMap<ResourceField, Quantity> }
  | { readonly name: "hold"; readonly seconds: number }
  | { readonly name: "try"; readonly seconds?: number; readonly target?: string }
  | { readonly name: "try"; readonly stop: true }
  | {
      readonly name: "ignore";
      readonly target?: string;
      /** `2027-01-31` or a duration from now. */
      readonly until?: { readonly date: string } | { readonly seconds: number };
      readonly reason?: string;
    }
  | { readonly name: "malformed"; readonly command: CommandName; readonly problem: string }
  | { readonly name: "unknown"; readonly word: string; readonly nearest: CommandName | undefined };

type Plain = Exclude<CommandName, "explain" | "set" | "hold" | "try" | "ignore">;

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
  if (name === undefined) return unknown(first.slice(0, LONGEST_WORD));
  if (name === "explain") return explain(words);
  if (name === "set") return set(words);
  if (name === "hold") return hold(words);
  if (name === "try") return tryOut(words);
  if (name === "ignore") return ignore(words);
  return words.length > 0 && name !== "help" ? malformed(name, "it takes nothing more") : { name };
}

function unknown(word: string): Command {
  const near = COMMANDS.find((known) => known === closest(word.toLowerCase(), COMMANDS));
  return {
    name: "unknown",
    word,
    nearest: near && distance(word.toLowerCase(), near) <= 3 ? near : undefined,
  };
}

function malformed(command: CommandName, problem: string): Command {
  return { name: "malformed", command, problem };
}

function explain(words: readonly string[]): Command {
  if (words.length > 2) return malformed("explain", "it takes one container or workload");
  return words.length === 0 ? { name: "explain" } : { name: "explain", target: words.join(" ") };
}

const AMOUNT = /^(?:(requests|limits)\.)?(cpu|memory)=(\S*)$/;

function set(words: readonly string[]): Command {
  const first = words.findIndex((word) => word.includes("="));
  const target = words.slice(0, first < 0 ? words.length : first);
  if (first < 0 || target.length > 2)
    return malformed(
      "set",
      "write it as `set [container] cpu=250m memory=384Mi`, limits as `limits.memory=512Mi`",
    );
  const amounts = new Map<ResourceField, Quantity>();
  for (const word of words.slice(first)) {
    const [, side = "requests", resource, amount = ""] = AMOUNT.exec(word) ?? [];
    const field = RESOURCE_FIELDS.find((known) => known === `${side}.${resource}`);
    if (field === undefined || !isQuantity(amount))
      return malformed(
        "set",
        `${word.slice(0, LONGEST_WORD)} is no amount such as cpu=250m or limits.memory=512Mi`,
      );
    if (amounts.has(field)) return malformed("set", `${field} is given twice`);
    amounts.set(field, amount);
  }
  return { name: "set", ...(target.length > 0 ? { target: target.join(" ") } : {}), amounts };
}

const USUAL_HOLD = "2w";

function hold([length = USUAL_HOLD, ...more]: readonly string[]): Command {
  const seconds = more.length > 0 ? undefined : parseDuration(length.toLowerCase());
  return seconds === undefined
    ? malformed("hold", "it takes one duration such as 3d or 2w")
    : { name: "hold", seconds };
}

/** The time comes first, so that a container may be called as a time is written. */
function tryOut(words: readonly string[]): Command {
  const [first = "", ...rest] = words;
  if (first.toLowerCase() === "stop" && rest.length === 0) return { name: "try", stop: true };
  const seconds = parseDuration(first.toLowerCase());
  const target = seconds === undefined ? words : rest;
  if (target.length > 3)
    return malformed(
      "try",
      "write it as `try [2h] [container]`, the workload and cluster before the container",
    );
  return {
    name: "try",
    ...(seconds === undefined ? {} : { seconds }),
    ...(target.length > 0 ? { target: target.join(" ") } : {}),
  };
}

/** Loose about what stands where, since people write it by heart; the reason is the rest of the line. */
function ignore(words: readonly string[]): Command {
  const at = (word: string): number => words.findIndex((one) => one.toLowerCase() === word);
  const [untilAt, reasonAt] = [at("until"), at("reason")];
  const headEnd = Math.min(...[untilAt, reasonAt].filter((index) => index >= 0), words.length);
  const target = words.slice(0, headEnd);
  if (target.length > 2)
    return malformed("ignore", "write it as `ignore [container] [until 2027-01-31] [reason …]`");
  const reason = reasonAt < 0 ? undefined : words.slice(reasonAt + 1).join(" ");
  const given = untilAt < 0 || (reasonAt >= 0 && untilAt > reasonAt) ? undefined : (words[untilAt + 1] ?? "");
  const until = given === undefined ? undefined : dateOrDuration(given);
  if (given !== undefined && until === undefined)
    return malformed("ignore", "after until comes a date such as 2027-01-31 or a duration such as 6w");
  if (until !== undefined && reasonAt < 0 && words.length > untilAt + 2)
    return malformed("ignore", "what follows the date begins with the word reason");
  return {
    name: "ignore",
    ...(target.length > 0 ? { target: target.join(" ") } : {}),
    ...(until ? { until } : {}),
    ...(reason ? { reason } : {}),
  };
}

function dateOrDuration(text: string): { date: string } | { seconds: number } | undefined {
  const seconds = parseDuration(text.toLowerCase());
  if (seconds !== undefined) return { seconds };
  const known = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  // A date such as February 30th is read as one of March.
  return known && new Date(text).toISOString().startsWith(text) ? { date: text } : undefined;
}
