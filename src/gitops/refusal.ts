import type { Reason } from "../domain/reason.ts";

/** Thrown deep inside, caught where recipes are made: it becomes a refused recipe. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.message);
    this.reason = reason;
  }
}

export function refuse(code: string, message: string): never {
  throw new Refusal({ code, message });
}

/** A template asks for a parameter that there is not. */
export class MissingParameter extends Refusal {}
