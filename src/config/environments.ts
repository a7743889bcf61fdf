import { z } from "zod";
import { duration, name } from "./scalars.ts";

const globs = z.array(z.string().min(1).max(253)).min(1).max(1000).optional();

/** Through which changes go one after the other. */
export const environmentsSchema = z
  .array(
    z
      .strictObject({
        name: name.describe("How reports call it."),
        clusters: globs.describe("Names of its clusters."),
        namespaces: globs.describe("Its namespaces; `*` stands for any characters."),
        paths: globs.describe("Globs of its sources, as in `repositories`."),
        for: duration
          .default("3d")
          .describe(
            "So long a merged change has to stay well here before the next environment gets its own.",
          ),
      })
      .refine(({ clusters, namespaces, paths }) => clusters ?? namespaces ?? paths, {
        message: "says nothing of what belongs to it: give clusters, namespaces or paths",
      }),
  )
  .max(20)
  .superRefine((environments, context) => {
    for (const [index, { name: own }] of environments.entries())
      if (environments.findIndex((other) => other.name === own) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: `"${own}" is there twice` });
  })
  .default([])
  .describe(
    "In this order, such as dev, staging, prod: what runs in several gets its change in the next only after that of the one before has been merged and stayed well. All conditions of one hold; of several that fit the last counts.",
  );

export type EnvironmentConfig = z.infer<typeof environmentsSchema>[number];
