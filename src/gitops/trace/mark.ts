import type { Reason } from "../../domain/reason.ts";
import { RESOURCE_FIELDS, type ResourceField } from "../../domain/resources.ts";
import type { KeyPath } from "../../manifests/key-path.ts";
import type { Expanded } from "../expand.ts";
import { chartFolders, isTemplate, isVendored } from "../find/charts.ts";
import type { Recipe } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { type Candidate, missingCandidates, templatedCandidates, writtenCandidates } from "./candidates.ts";
import { unsetResources } from "./helm-values.ts";
import type { Roles } from "./layer-kind.ts";
import { placeKey } from "./place.ts";
import { putAll, type Sentinels } from "./sentinels.ts";

/** What carries a sentinel: a scalar of a file, or a key that a chart reads and no layer sets. */
export type Carrier =
  | { readonly candidate: Candidate }
  | { readonly recipe: string; readonly step: number; readonly values: KeyPath };

/** A place that may feed a number and can't be marked, so neither changed. */
export interface Blocked {
  readonly candidate: Candidate;
  readonly reason: Reason;
}

/** A copy of the tree's texts with a unique amount in each place that could feed a container. */
export interface Marked {
  readonly texts: ReadonlyMap<string, string>;
  readonly blocked: readonly Blocked[];
  /** Lays keys that nothing sets below all layers of a recipe's values. */
  readonly adapt: (recipe: Recipe) => Recipe;
}

/** Where numbers that are not there yet are added. */
export type Additions = "none" | "manifests" | "patches";

/**
 * Numbers that are not there yet are added to manifests, and to values below all other layers, so that they can
 * only set what nothing sets; or else to the containers of patches, which may hide what their base sets.
 */
export async function mark(
  sources: Sources,
  expanded: readonly Expanded[],
  roles: Roles,
  sentinels: Sentinels<Carrier>,
  { additions }: { readonly additions: Additions },
): Promise<Marked> {
  const texts = new Map<string, string>();
  const blocked: Blocked[] = [];
  for (const file of editableFiles(sources, expanded)) {
    const source = await sources.text(file);
    if ("refused" in source) continue;
    const extended = additions !== "none" && roles[additions].has(file);
    const missing = extended ? await missingCandidates(sources, file) : [];
    const candidates = [...(await writtenCandidates(sources, file)), ...missing];
    const wanted = candidates.flatMap((candidate) => {
      const value = sentinels.amountFor(
        placeKey(candidate.place),
        { candidate },
        candidate.text,
        fieldOf(candidate.place.path),
      );
      return value === undefined ? [] : [{ candidate, value }];
    });
    const put = putAll(source.text, wanted);
    for (const { candidate } of wanted) {
      const reason = put.refused.get(placeKey(candidate.place));
      if (reason) blocked.push({ candidate, reason: { file, ...reason } });
    }
    for (const candidate of await templatedCandidates(sources, file))
      blocked.push({
        candidate,
        reason: {
          code: "templated-value",
          message: `the value holds a placeholder that is filled in later: ${candidate.text}`,
          file,
        },
      });
    if (put.text !== source.text) texts.set(file, put.text);
  }
  const unset =
    additions === "manifests" ? await markUnset(sources, expanded, sentinels) : new Map<string, UnsetKey[]>();
  return { texts, blocked, adapt: (recipe) => withSentinels(recipe, unset) };
}

/** YAML that some recipe is made of or reads; never templates or charts that were vendored. */
function editableFiles(sources: Sources, expanded: readonly Expanded[]): string[] {
  const charts = new Set(chartFolders(sources));
  const used = new Set(sources.used);
  for (const { outcome } of expanded)
    if (!("refused" in outcome)) for (const file of outcome.reads) used.add(file);
  return [...used].filter(
    (file) => sources.has(file) && isYaml(file) && !isTemplate(file, charts) && !isVendored(file, charts),
  );
}

function isYaml(file: string): boolean {
  return /\.(?:ya?ml|json)$/.test(file) || file.endsWith("Kustomization");
}

interface UnsetKey {
  readonly values: KeyPath;
  readonly amount: string;
}

async function markUnset(
  sources: Sources,
  expanded: readonly Expanded[],
  sentinels: Sentinels<Carrier>,
): Promise<Map<string, UnsetKey[]>> {
  const unset = new Map<string, UnsetKey[]>();
  for (const { recipe } of expanded)
    for (const [index, step] of recipe.steps.entries()) {
      if (step.tool !== "helm") continue;
      const keys = (await unsetResources(step, sources)).flatMap((values): UnsetKey[] => {
        const amount = sentinels.amountFor(
          JSON.stringify([recipe.id, index, values]),
          { recipe: recipe.id, step: index, values },
          undefined,
          fieldOf(values),
        );
        return amount === undefined ? [] : [{ values, amount }];
      });
      unset.set(stepKey(recipe, index), keys);
    }
  return unset;
}

function withSentinels(recipe: Recipe, unset: ReadonlyMap<string, readonly UnsetKey[]>): Recipe {
  return {
    ...recipe,
    steps: recipe.steps.map((step, index) => {
      if (step.tool !== "helm") return step;
      const keys = unset.get(stepKey(recipe, index)) ?? [];
      const added = keys.length > 0 ? [{ text: JSON.stringify(nested(keys)) }] : [];
      // A schema that knows the sensible amounts would refuse these; the edit itself is held against it.
      return { ...step, values: [...added, ...step.values], skipSchemaValidation: true };
    }),
  };
}

function stepKey({ id }: Recipe, step: number): string {
  return JSON.stringify([id, step]);
}

function nested(keys: readonly UnsetKey[]): object {
  const root = new Map<string, unknown>();
  for (const { values, amount } of keys) {
    let map = root;
    for (const key of values.slice(0, -1).map(String)) {
      const inner = map.get(key);
      const next: Map<string, unknown> = inner instanceof Map ? inner : new Map();
      map.set(key, next);
      map = next;
    }
    map.set(String(values.at(-1)), amount);
  }
  return plainObject(root);
}

function plainObject(map: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries(
    [...map].map(([key, value]) => [key, value instanceof Map ? plainObject(value) : value]),
  );
}

/** `requests.cpu` of a path that ends so. */
export function fieldOf(path: KeyPath): ResourceField | undefined {
  const end = path.slice(-2).join(".");
  return RESOURCE_FIELDS.find((field) => field === end);
}
