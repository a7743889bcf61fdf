import { isQuantity } from "../../domain/quantity.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField, splitField } from "../../domain/resources.ts";
import { isRecord, type KeyPath } from "../../manifests/key-path.ts";
import { workloadObjects } from "../../manifests/workload-objects.ts";
import { parseYaml } from "../render/rendered.ts";
import type { Sources } from "../sources.ts";
import type { Place } from "./place.ts";

/** A scalar that may feed a resource of some container. */
export interface Candidate {
  readonly place: Place;
  /** What it says now; absent where the key would be added. */
  readonly text?: string;
}

/** Words in a key's surroundings that make a bare number a candidate. */
const ABOUT_RESOURCES = /cpu|mem|request|limit/i;
const EMBEDDED = /cpu|mem|resources|requests|limits/i;
const DEEPEST = 60;

/** Every scalar of a file that looks like an amount of CPU or memory, in blocks of YAML text too. */
export async function writtenCandidates(sources: Sources, file: string): Promise<Candidate[]> {
  const data = await sources.data(file);
  if ("refused" in data) return [];
  return data.values.flatMap((value, document) =>
    (isDefinition(value) ? [] : scalarsOf(value, [])).flatMap(({ path, text, about }): Candidate[] => {
      if (text.includes("\n")) return embeddedCandidates({ file, document, path }, text);
      return isAmount(text, about) ? [{ place: { file, document, path }, text }] : [];
    }),
  );
}

/** Schemas are long, speak of limits and memory, and feed no container. */
function isDefinition(value: unknown): boolean {
  return isRecord(value) && value["kind"] === "CustomResourceDefinition";
}

/** Amounts of resources that are placeholders: of Flux's variables, of templates in values. */
export async function templatedCandidates(sources: Sources, file: string): Promise<Candidate[]> {
  const data = await sources.data(file);
  if ("refused" in data) return [];
  return data.values.flatMap((value, document) =>
    scalarsOf(value, []).flatMap(({ path, text }): Candidate[] => {
      const amount = /(?:requests|limits)\.(?:cpu|memory)$/.test(path.slice(-2).join("."));
      return amount && /\$\{|\{\{/.test(text) ? [{ place: { file, document, path }, text }] : [];
    }),
  );
}

/** The numbers that containers of a manifest do not have, and where they would stand. */
export async function missingCandidates(sources: Sources, file: string): Promise<Candidate[]> {
  const data = await sources.data(file);
  if ("refused" in data) return [];
  return data.values.flatMap((value, document) =>
    workloadObjects(value).flatMap(({ containers }) =>
      containers.flatMap(({ path, resources }) =>
        RESOURCE_FIELDS.filter((field) => amountOf(resources, field) === undefined).map(
          (field): Candidate => ({ place: { file, document, path: resourcePath(path, field) } }),
        ),
      ),
    ),
  );
}

export function resourcePath(container: KeyPath, field: ResourceField): KeyPath {
  return [...container, "resources", ...splitField(field)];
}

function embeddedCandidates(outer: Place, text: string): Candidate[] {
  if (!EMBEDDED.test(text)) return [];
  const parsed = parseYaml(text);
  if ("refused" in parsed) return [];
  return parsed.values.flatMap((value, document) =>
    scalarsOf(value, []).flatMap(({ path, text: inner, about }): Candidate[] =>
      isAmount(inner, about) ? [{ place: { ...outer, inner: { document, path } }, text: inner }] : [],
    ),
  );
}

interface FoundScalar {
  readonly path: KeyPath;
  readonly text: string;
  /** Keys on the way, and what names it besides: the path of a JSON patch, the name of a parameter. */
  readonly about: string;
}

function scalarsOf(value: unknown, path: KeyPath, named = ""): FoundScalar[] {
  if (path.length > DEEPEST) return [];
  if (typeof value === "string" || typeof value === "number")
    return [{ path, text: String(value), about: `${path.slice(-3).join(".")} ${named}` }];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => scalarsOf(item, [...path, index], named));
  if (!isRecord(value)) return [];
  const naming = [value["path"], value["name"]].filter((text) => typeof text === "string").join(" ");
  return Object.entries(value).flatMap(([key, child]) => scalarsOf(child, [...path, key], naming));
}

function isAmount(text: string, about: string): boolean {
  return isQuantity(text) && (/[A-Za-z]$/.test(text) || ABOUT_RESOURCES.test(about));
}
