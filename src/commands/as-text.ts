import type { Command } from "./parse.ts";

const LONGEST = 200;

/** A command with what it was given, for a log: `set web requests.cpu=250m`. */
export function commandText(command: Command): string {
  const target = "target" in command && command.target !== undefined ? [command.target] : [];
  return [command.name, ...target, ...argumentsOf(command)].join(" ").slice(0, LONGEST);
}

function argumentsOf(command: Command): string[] {
  if (command.name === "set") return [...command.amounts].map(([field, amount]) => `${field}=${amount}`);
  if (command.name === "hold") return seconds(command.seconds);
  if (command.name === "try") return "stop" in command ? ["stop"] : seconds(command.seconds);
  if (command.name === "malformed") return [command.command];
  return command.name === "unknown" ? [command.word] : [];
}

function seconds(given: number | undefined): string[] {
  return given === undefined ? [] : [`${given}s`];
}
