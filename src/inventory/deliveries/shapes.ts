import { z } from "zod";
import { OBJECT_NAME } from "../kubernetes-names.ts";
import { Texts } from "../kubernetes-workload.ts";

/** Longer addresses, paths and names of branches are no honest ones. */
const LONGEST = 2048;
/** Messages are for people, who read so much of them at the most. */
const LONGEST_MESSAGE = 600;

export const Name = z.string().regex(OBJECT_NAME);
/** Malformed or empty is absent. */
export const Text = z.string().min(1).max(LONGEST).optional().catch(undefined);
export const Flag = z.boolean().catch(false);

/** The tools quote what they ran, which may hold an address with credentials, and anything else. */
export const Message = z
  .string()
  .transform((text) =>
    text
      .slice(0, 2 * LONGEST_MESSAGE)
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
      .replaceAll(/\/\/[^/@\s]*@/g, "//")
      .trim()
      .slice(0, LONGEST_MESSAGE),
  )
  .pipe(z.string().min(1))
  .optional()
  .catch(undefined);

/** Unix milliseconds of a time as Kubernetes writes it. */
export const Time = z
  .string()
  .transform((text) => Date.parse(text))
  .pipe(z.int())
  .optional()
  .catch(undefined);

/** A list of which those items count that have the shape. */
export function listOf<T>(item: z.ZodType<T>) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.flatMap((one) => {
        const { success, data } = item.safeParse(one);
        return success ? [data] : [];
      }),
    );
}

/** An object whose every part may be missing: what is no object is an empty one. */
export function part<Shape extends z.ZodRawShape>(shape: Shape) {
  const isObject = (value: unknown): boolean =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return z.preprocess((value) => (isObject(value) ? value : {}), z.object(shape));
}

export const Metadata = z.object({
  name: Name,
  namespace: Name,
  labels: Texts,
  annotations: Texts,
  generation: z.int().optional().catch(undefined),
  ownerReferences: listOf(z.object({ kind: z.string().max(63), name: Name, controller: Flag })),
});
