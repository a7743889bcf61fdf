import { isRecord } from "../../../manifests/key-path.ts";
import { refuse } from "../../refusal.ts";

/** Go gives no value of another type to a function, and neither does this. */
export function wrongArgument(): never {
  return refuse("appset-template", "the template gives a function what it does not take");
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : wrongArgument();
}

export function whole(value: unknown): number {
  return typeof value === "bigint" ? Number(value) : wrongArgument();
}

export function list(value: unknown): readonly unknown[] {
  const given: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  return given ?? wrongArgument();
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : wrongArgument();
}
