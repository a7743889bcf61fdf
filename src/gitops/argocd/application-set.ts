import { z } from "zod";
import type { Reason } from "../../domain/reason.ts";
import { isRecord, valueAt } from "../../manifests/key-path.ts";
import type { Sources } from "../sources.ts";
import { generate, generatorName } from "./generators.ts";
import type { GitContext } from "./git-generator.ts";
import { parseGoYaml } from "./go-yaml.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Parameters } from "./parameters.ts";
import { Refusal, refuse } from "../refusal.ts";
import { parse } from "./schema.ts";
import type { Spend } from "./work-limit.ts";
import { renderText, renderTree, type TemplateOptions, withDefaults } from "./template.ts";

export interface Generated {
  /** Applications as if they had been written. */
  readonly applications: readonly Readonly<Record<string, unknown>>[];
  /** Why there may be others that are not known. */
  readonly refused: readonly Reason[];
}

const MOST = 5000;

const applicationSetSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().nullish() }),
  spec: z.looseObject({
    goTemplate: z.boolean().nullish(),
    goTemplateOptions: z.array(z.string()).nullish(),
    generators: z.array(z.record(z.string(), z.unknown())).max(100),
    template: z.record(z.string(), z.unknown()),
    templatePatch: z.string().nullish(),
  }),
});

type ApplicationSet = z.infer<typeof applicationSetSchema>;

/** The Applications that an ApplicationSet makes out of this tree. */
export async function generatedBy(
  object: unknown,
  sources: Sources,
  isOwn: (repoUrl: string) => boolean,
  spend: Spend,
): Promise<Generated> {
  const applications: Readonly<Record<string, unknown>>[] = [];
  const refused: Reason[] = [];
  const attempt = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push(error.reason);
    }
  };
  await attempt(async () => {
    const set = parse(applicationSetSchema, object, "the ApplicationSet");
    const options = {
      goTemplate: set.spec.goTemplate === true,
      strict: (set.spec.goTemplateOptions ?? []).includes("missingkey=error"),
      spend,
    };
    const context: GitContext = { sources, isOwn, options };
    for (const generator of set.spec.generators)
      await attempt(async () => {
        const template = withDefaults(
          valueAt(generator, [generatorName(generator), "template"]),
          set.spec.template,
        );
        const made = await generate(generator, context);
        if (applications.length + made.length > MOST)
          refuse("generator", `the generators make more than ${MOST} Applications`);
        for (const parameters of made)
          await attempt(() => {
            applications.push(applicationOf(set, template, parameters, options));
          });
      });
  });
  return { applications, refused };
}

function applicationOf(
  { metadata, spec }: ApplicationSet,
  template: unknown,
  parameters: Parameters,
  options: TemplateOptions,
): Record<string, unknown> {
  const rendered = renderTree(template, parameters, options);
  const patched =
    spec.templatePatch === undefined || spec.templatePatch === null
      ? rendered
      : mergePatch(rendered, patchOf(renderText(spec.templatePatch, parameters, options)));
  const name = valueAt(patched, ["metadata", "name"]);
  if (!isRecord(patched) || typeof name !== "string" || name.includes("{{"))
    return refuse(
      "appset-template",
      "the ApplicationSet's template gives no name, or one with a parameter that there is not",
    );
  const own = isRecord(patched["metadata"]) ? patched["metadata"] : {};
  return {
    ...patched,
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { ...own, namespace: metadata.namespace },
  };
}

function patchOf(text: string): unknown {
  const data = parseGoYaml(text);
  if ("refused" in data) return refuse("appset-template", `the templatePatch: ${data.refused.message}`);
  return data.value ?? {};
}
