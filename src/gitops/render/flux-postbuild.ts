import { boolYaml11Tag, CORE_SCHEMA, dump, intYaml11Tag, load, NOT_RESOLVED, YAMLException } from "js-yaml";
import { z } from "zod";
import type { Reason } from "../../domain/reason.ts";
import { cleanMessage, shownName } from "./message.ts";
import { ExpansionError, expandVariables } from "./variable-expansion.ts";

/** `unset`: the names that were asked for and have no value, sorted. */
export interface Substituted {
  readonly objects: readonly unknown[];
  readonly unset: readonly string[];
}

const SWITCH = "kustomize.toolkit.fluxcd.io/substitute";

const switchSchema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.unknown()).nullish(),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** As the cluster reads YAML: `yes` is true and `0777` octal, but `8080:53` no number of minutes. */
const CLUSTER_SCHEMA = CORE_SCHEMA.withTags(boolYaml11Tag, {
  ...intYaml11Tag,
  resolve: (source, ...more) => (source.includes(":") ? NOT_RESOLVED : intYaml11Tag.resolve(source, ...more)),
});

/**
 * Flux's `postBuild`: substitutes variables in the YAML text of each object, and reads it again, so that
 * `replicas: ${N}` becomes a number, in whatever quotes it stood. Objects that are labelled or annotated
 * `kustomize.toolkit.fluxcd.io/substitute: disabled` stay as they are; without any variable all do.
 *
 * `strict` is the controller's feature gate: a variable without value and default is refused.
 */
export function substituteVariables(
  objects: readonly unknown[],
  variables: Readonly<Record<string, string>>,
  { strict = false }: { strict?: boolean } = {},
): Substituted | { refused: Reason } {
  const values = new Map(
    Object.entries(variables).map(([name, value]) => [name, value.replaceAll("\n", "")]),
  );
  const wrong = [...values.keys()].find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong !== undefined) return refused(`${shownName(wrong)} is no name of a variable`);
  if (values.size === 0) return { objects, unset: [] };
  const unset = new Set<string>();
  const lookup = (name: string): string | undefined => {
    const value = values.get(name);
    if (value === undefined) unset.add(name);
    return value;
  };
  const substituted: unknown[] = [];
  for (const object of objects) {
    const result = substituteObject(object, (text) => expandVariables(text, lookup, strict));
    if ("refused" in result) return result;
    substituted.push(result.object);
  }
  return { objects: substituted, unset: [...unset].sort((a, b) => (a < b ? -1 : 1)) };
}

function substituteObject(
  object: unknown,
  expand: (text: string) => string,
): { object: unknown } | { refused: Reason } {
  if (isSwitchedOff(object)) return { object };
  try {
    // Lines are not folded: a fold could stand within an expression.
    const text = dump(object, { lineWidth: -1, noRefs: true });
    if (!text.includes("${") && !text.includes("$$")) return { object };
    return { object: load(expand(text), { schema: CLUSTER_SCHEMA, json: true }) };
  } catch (error) {
    if (error instanceof ExpansionError) return refused(`${nameOf(object)}: ${error.message}`);
    if (error instanceof YAMLException || error instanceof RangeError)
      return refused(`${nameOf(object)} is no YAML after the substitution: ${cleanMessage(error.message)}`);
    throw error;
  }
}

function isSwitchedOff(object: unknown): boolean {
  const metadata = switchSchema.safeParse(object).data?.metadata;
  return metadata?.labels?.[SWITCH] === "disabled" || metadata?.annotations?.[SWITCH] === "disabled";
}

const namedSchema = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

function nameOf(object: unknown): string {
  const { data } = namedSchema.safeParse(object);
  return data === undefined ? "an object" : shownName(`${data.kind}/${data.metadata.name}`);
}

function refused(message: string): { refused: Reason } {
  return { refused: { code: "flux-substitution", message } };
}
