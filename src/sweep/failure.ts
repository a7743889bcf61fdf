import type { Logger } from "pino";
import { InputError } from "../domain/input-error.ts";
import { inWords } from "../github/in-words.ts";

/** Logs what could not be done, and gives it as a sentence. */
export function failure(log: Logger, what: string, error: unknown): string {
  const message = inWords(error);
  log.error({ err: error instanceof InputError ? undefined : error }, `${what}: ${message}`);
  return `${what}: ${message}`;
}
