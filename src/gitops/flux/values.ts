import type { Reason } from "../../domain/reason.ts";
import type { Declared, HelmStep, Step, ValuesSource } from "../recipe.ts";
import { shownName } from "../render/message.ts";
import type { Sources } from "../sources.ts";
import { type Content, contentOf, type Place, placeOf } from "./content.ts";
import { fileBehind } from "./generated-content.ts";
import type { Kit } from "./kustomization.ts";
import type { Asker } from "./objects.ts";
import type { ReleaseSpec } from "./schema.ts";

/** `at`: where the text of the value stands. */
export type FluxParameter = NonNullable<HelmStep["parameters"]>[number] & { readonly at?: Place };

export interface ReleaseValues {
  readonly values: readonly ValuesSource[];
  readonly parameters: readonly FluxParameter[];
  /** Values that are in no file are left out. */
  readonly missing?: Reason;
}

export interface ValuesKit extends Kit {
  /** Of the recipe with an id. */
  readonly stepsOf: (recipe: string) => readonly Step[];
}

/** What `valuesFrom` names in its order, then the release's own values; keys set by their path are strongest. */
export async function releaseValues(
  spec: ReleaseSpec,
  declared: Declared,
  asker: Asker,
  kit: ValuesKit,
): Promise<ReleaseValues> {
  const values: ValuesSource[] = [];
  const parameters: FluxParameter[] = [];
  let missing: Reason | undefined;
  for (const reference of spec.valuesFrom ?? []) {
    const key = reference.valuesKey || "values.yaml";
    const content = contentOf(reference, asker, kit.objects);
    const text = content?.texts.get(key);
    if (content === undefined || typeof text !== "string") {
      const shown = `the ${shownName(reference.kind)} ${shownName(reference.name)}`;
      if (text) missing ??= missingValues(`the values in ${shown} are encrypted`);
      else if (reference.optional !== true)
        missing ??= missingValues(`no file has ${shown} with the key ${shownName(key)}`);
      continue;
    }
    const at = await placeOfText(content, key, kit.sources);
    if (reference.targetPath)
      parameters.push({ ...parameterOf(reference.targetPath, text), ...(at ? { at } : {}) });
    else values.push(at ? { text, at } : await fromFile(content.declared, { key, text }, kit));
  }
  if (spec.values) {
    const at = await placeOf(declared, ["spec", "values"], kit.sources);
    values.push({ text: JSON.stringify(spec.values), ...(at ? { at } : {}) });
  }
  return { values, parameters, ...(missing ? { missing } : {}) };
}

async function fromFile(
  { object, renderedBy }: Declared,
  entry: { key: string; text: string },
  { stepsOf, sources }: ValuesKit,
): Promise<ValuesSource> {
  const steps = renderedBy === undefined ? [] : stepsOf(renderedBy);
  const file = await fileBehind(object, entry, { steps, sources });
  return file === undefined ? { text: entry.text } : { file };
}

/** Text in quotes stays text, as with `--set-string`. */
function parameterOf(name: string, text: string): FluxParameter {
  const [quote] = text;
  const quoted = text.length > 1 && (quote === "'" || quote === '"') && text.endsWith(quote);
  return quoted ? { name, value: text.slice(1, -1), forceString: true } : { name, value: text };
}

async function placeOfText({ declared }: Content, key: string, sources: Sources): Promise<Place | undefined> {
  return (
    (await placeOf(declared, ["stringData", key], sources)) ??
    (declared.object["kind"] === "ConfigMap" ? await placeOf(declared, ["data", key], sources) : undefined)
  );
}

function missingValues(message: string): Reason {
  return { code: "missing-values", message };
}
