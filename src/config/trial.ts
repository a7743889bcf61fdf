import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";

const MOST_SECONDS = 86_400;

const longest = z.string().refine((text) => {
  const seconds = parseDuration(text);
  return text === "off" || (seconds !== undefined && seconds <= MOST_SECONDS);
}, "is neither off nor a duration of at most 24h, such as 4h");

const SETTINGS = {
  longest: longest
    .default("off")
    .describe("So long one pod may have the proposed values before a merge; off allows no trials."),
  restarts: z
    .boolean()
    .default(false)
    .describe("Also where the container's resizePolicy restarts it for the change."),
};

export const trialSchema = z
  .strictObject(SETTINGS)
  .describe("What `/loadline try` may do in a cluster that has `trials`; see docs/trial.md.");

/** The same without defaults. */
export const trialOverrides = z.strictObject({
  longest: longest.optional(),
  restarts: SETTINGS.restarts.unwrap().optional(),
});

/** Where in a cluster trials are kept; without it there are none. */
export const clusterTrials = z
  .strictObject({
    namespace: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "is no name of a namespace")
      .default("loadline")
      .describe("The namespace of the Leases that keep what to put back."),
    atOnce: z.int().min(1).max(20).default(1).describe("So many trials at the same time in this cluster."),
  })
  .optional()
  .describe("Trials of proposed values are possible here, where a policy allows them; none without it.");

export type TrialsConfig = NonNullable<z.infer<typeof clusterTrials>>;
