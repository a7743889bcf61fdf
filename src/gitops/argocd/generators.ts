import { z } from "zod";
import { isRecord } from "../../manifests/key-path.ts";
import { shownName } from "../render/message.ts";
import { type GitContext, gitParameters } from "./git-generator.ts";
import { parseGoYaml } from "./go-yaml.ts";
import { goText } from "./go-template/values.ts";
import { mergedOver, type Parameters } from "./parameters.ts";
import { refuse } from "../refusal.ts";
import { parse } from "./schema.ts";
import { selects, selectorSchema } from "./selector.ts";
import { renderGenerator } from "./template.ts";

/** More Applications are a mistake, or meant to do harm. */
const MOST = 5000;
const DEEPEST = 5;

const records = z.array(z.record(z.string(), z.unknown()));
const listSchema = z.looseObject({ elements: records.nullish(), elementsYaml: z.string().nullish() });
const matrixSchema = z.looseObject({ generators: records });
const mergeSchema = z.looseObject({ generators: records, mergeKeys: z.array(z.string()).nullish() });

/** What a generator is called in the manifest: the one key beside the selector. */
export function generatorName(generator: Parameters): string {
  const names = Object.keys(generator).filter(
    (key) => key !== "selector" && generator[key] !== null && generator[key] !== undefined,
  );
  const [name] = names;
  return name !== undefined && names.length === 1
    ? name
    : refuse("generator", "a generator of the ApplicationSet is not exactly one");
}

/** The parameters that a generator makes, as Argo CD makes them; `given`: those of a matrix around it. */
export async function generate(
  raw: Parameters,
  context: GitContext,
  given: Parameters = {},
  depth = 0,
): Promise<Parameters[]> {
  if (depth > DEEPEST) refuse("generator", "the generators are nested too deeply");
  const name = generatorName(raw);
  const generator = renderGenerator(raw, given, context.options);
  const made = await parametersOf(name, generator[name], context, depth);
  const selector = isRecord(raw["selector"])
    ? parse(selectorSchema, raw["selector"], "a generator's selector")
    : undefined;
  return bounded(selector ? made.filter((parameters) => selects(selector, parameters)) : made);
}

async function parametersOf(
  name: string,
  generator: unknown,
  context: GitContext,
  depth: number,
): Promise<Parameters[]> {
  switch (name) {
    case "list":
      return listParameters(generator, context.options);
    case "git":
      return await gitParameters(generator, context);
    case "matrix":
      return await matrixParameters(generator, context, depth);
    case "merge":
      return await mergeParameters(generator, context, depth);
    default:
      return refuse(
        "generator",
        `what the generator ${shownName(name)} makes does not stand in the repository`,
      );
  }
}

function listParameters(generator: unknown, { goTemplate }: { goTemplate: boolean }): Parameters[] {
  const { elements, elementsYaml } = parse(listSchema, generator, "the list generator");
  const written = goTemplate ? (elements ?? []) : (elements ?? []).map(textsOf);
  if (elementsYaml === undefined || elementsYaml === null || elementsYaml === "") return written;
  const data = parseGoYaml(elementsYaml);
  if ("refused" in data)
    return refuse("generator", `the list generator's elementsYaml: ${data.refused.message}`);
  return [...written, ...parse(records, data.value ?? [], "the list generator's elementsYaml")];
}

/** Only texts, and texts below `values`: Argo CD refuses others without goTemplate. */
function textsOf(element: Parameters): Parameters {
  const { values = {}, ...rest } = element;
  const text = (key: string, value: unknown): [string, string] =>
    typeof value === "string"
      ? [key, value]
      : refuse("generator", `${shownName(key)} of a list generator's element is no text`);
  if (!isRecord(values)) return refuse("generator", "values of a list generator's element is no map");
  return Object.fromEntries([
    ...Object.entries(rest).map(([key, value]) => text(key, value)),
    ...Object.entries(values).map(([key, value]) => text(`values.${key}`, value)),
  ]);
}

/** The second one sees what the first one made. */
async function matrixParameters(
  generator: unknown,
  context: GitContext,
  depth: number,
): Promise<Parameters[]> {
  const { generators } = parse(matrixSchema, generator, "the matrix generator");
  const [first, second, third] = generators;
  if (!first || !second || third) return refuse("generator", "a matrix generator has two generators");
  const made: Parameters[] = [];
  for (const a of await generate(first, context, {}, depth + 1)) {
    for (const b of await generate(second, context, a, depth + 1))
      made.push(context.options.goTemplate ? mergedOver(b, a) : combined(a, b));
    bounded(made);
  }
  return made;
}

function combined(a: Parameters, b: Parameters): Parameters {
  const texts = new Map<string, string>();
  for (const [key, value] of [...Object.entries(a), ...Object.entries(b)]) {
    const known = texts.get(key);
    if (known !== undefined && known !== goText(value))
      refuse("generator", `both generators of a matrix make ${shownName(key)}, and not the same`);
    texts.set(key, goText(value));
  }
  return Object.fromEntries(texts);
}

/** The first generator's, with what others say of the same keys. */
async function mergeParameters(
  generator: unknown,
  context: GitContext,
  depth: number,
): Promise<Parameters[]> {
  const { generators, mergeKeys } = parse(mergeSchema, generator, "the merge generator");
  if (generators.length < 2) refuse("generator", "a merge generator has two generators or more");
  if (!mergeKeys || mergeKeys.length === 0) return refuse("generator", "a merge generator needs mergeKeys");
  let base: Map<string, Parameters> | undefined;
  for (const one of generators) {
    const made = byKeys(await generate(one, context, {}, depth + 1), mergeKeys);
    if (!base) base = made;
    else
      for (const [key, parameters] of base) {
        const over = made.get(key);
        if (over)
          base.set(
            key,
            context.options.goTemplate ? mergedOver(parameters, over) : { ...parameters, ...over },
          );
      }
  }
  return [...(base ?? new Map<string, Parameters>()).values()];
}

function byKeys(all: readonly Parameters[], keys: readonly string[]): Map<string, Parameters> {
  const found = new Map<string, Parameters>();
  for (const parameters of all) {
    const key = JSON.stringify(
      keys.map((name) => (Object.hasOwn(parameters, name) ? parameters[name] : null)),
    );
    if (found.has(key))
      refuse("generator", "a merge generator's mergeKeys are the same for two Applications");
    found.set(key, parameters);
  }
  return found;
}

function bounded(made: Parameters[]): Parameters[] {
  return made.length > MOST
    ? refuse("generator", `the generators make more than ${MOST} Applications`)
    : made;
}
