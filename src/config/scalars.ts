import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";
import { isQuantity } from "../domain/quantity.ts";

const NO_QUANTITY = "is no Kubernetes quantity such as 250m, 1.5 or 512Mi";

export const quantity = z
  .union([z.string(), z.number()], {
    error: ({ input }) => (input === undefined ? "is missing" : NO_QUANTITY),
  })
  .transform(String)
  .refine(isQuantity, NO_QUANTITY);

export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, "is no duration such as 24h or 14d");

export const name = z
  .string()
  .regex(/^[\w.-]{1,63}$/, "may hold letters, digits, dots, dashes and underscores, 63 at most");
