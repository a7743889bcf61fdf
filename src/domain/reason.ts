/**
 * Why something was held back, refused or is uncertain. The code is stable and for machines; the message is
 * a sentence that a person can act on.
 */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** `apps/api.yaml:12: duplicate key …`: the message with the place in front, where there is one. */
export function describeReason(reason: Reason): string {
  if (reason.file === undefined) return reason.message;
  return `${reason.file}${reason.line === undefined ? "" : `:${reason.line}`}: ${reason.message}`;
}
