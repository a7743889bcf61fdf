import { InvalidArgumentError } from "commander";
import { parseDuration } from "../domain/duration.ts";

/** Seconds of `24h` or `14d`. */
export function durationSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError("Write a duration such as 24h or 14d.");
  return seconds;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Write a number above 0.");
  return value;
}

export function countingNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 1_000_000))
    throw new InvalidArgumentError("Write a whole number from 1.");
  return value;
}
