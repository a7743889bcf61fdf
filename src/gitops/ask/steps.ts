import { RESOURCE_FIELDS, type ResourceField } from "../../domain/resources.ts";
import { type KeyPath, valueAt } from "../../manifests/key-path.ts";
import { chartFolders, isTemplate } from "../find/charts.ts";
import { closureOf, kustomizationOf } from "../find/kustomizations.ts";
import type { HelmStep, KustomizeStep, Recipe, Step } from "../recipe.ts";
import { type FieldPlace, placeOf, type ScannedContainer } from "../scan.ts";
import type { RepositoryScan } from "../scan-repository.ts";
import type { Sources } from "../sources.ts";
import { layersOf, type Layer } from "../trace/values-layers.ts";
import { formatPlace, placeKey } from "../trace/place.ts";

/** One number in one layer. */
export interface LayerNumber {
  readonly container: string;
  readonly resource: ResourceField;
  readonly keyPath: string;
  readonly value: string;
  /** Whether it is what is rendered; a stronger layer, or a later patch, else hides it. */
  readonly wins: boolean;
}

/** A text that a step lays over those before it. */
export interface ExplainedLayer {
  /** What it is: `chart-values`, `values`, `inline-values`, `parameter`, `manifest`, `patch`, `kustomization`. */
  readonly layer: string;
  /** Absent for what stands in no file of the tree. */
  readonly file?: string;
  /** The place in the file that holds it, where it is not all of it. */
  readonly keyPath?: string;
  /** What can be told of what it says about the containers at hand. */
  readonly sets: readonly LayerNumber[];
}

export interface ExplainedStep {
  readonly tool: Step["tool"];
  /** `chart charts/api, release api, namespace shop`. */
  readonly about: string;
  /** Whether it made the workload. */
  readonly rendersIt: boolean;
  /** From the weakest to the strongest. */
  readonly layers: readonly ExplainedLayer[];
}

/** How a recipe makes a workload: its steps, and of those that made it each layer in order. */
export async function explainSteps(
  scan: RepositoryScan,
  recipe: Recipe,
  containers: readonly ScannedContainer[],
): Promise<ExplainedStep[]> {
  const objects = containers.flatMap((at) => scan.rendered.get(at)?.object ?? []);
  return await Promise.all(
    recipe.steps.map(async (step, index): Promise<ExplainedStep> => {
      const made = objects.filter((object) => object.step === index);
      const [from] = made.flatMap(({ template }) => template ?? []);
      return {
        tool: step.tool,
        about: describeStep(step),
        rendersIt: made.length > 0,
        layers:
          made.length > 0
            ? withOthers(
                await layersIn(step, scan.sources, containers, { template: from, declaredIn: recipe.path }),
                containers,
              )
            : [],
      };
    }),
  );
}

/** Places that win without being in one of the layers: a patch or a generator of what declares the recipe. */
function withOthers(
  layers: readonly ExplainedLayer[],
  containers: readonly ScannedContainer[],
): ExplainedLayer[] {
  const told = new Set(
    layers.flatMap(({ sets }) =>
      sets.filter(({ wins }) => wins).map(({ container, resource }) => `${resource} ${container}`),
    ),
  );
  const missed = placesOf(containers).filter(
    ({ container, resource }) => !told.has(`${resource} ${container}`),
  );
  const byLayer = Map.groupBy(missed, ({ place }) => `${place.layer} ${place.file}`);
  return [
    ...layers,
    ...[...byLayer.values()].flatMap((numbers) =>
      numbers
        .slice(0, 1)
        .map(({ place }) => ({ layer: place.layer, file: place.file, sets: numbers.map(winner) })),
    ),
  ];
}

async function layersIn(
  step: Step,
  sources: Sources,
  containers: readonly ScannedContainer[],
  { template, declaredIn }: { readonly template: string | undefined; readonly declaredIn: string },
): Promise<ExplainedLayer[]> {
  switch (step.tool) {
    case "plain": {
      const files = template === undefined ? step.files : [template];
      return files.map((file) => ({ layer: "manifest", file, sets: winnersIn(file, containers) }));
    }
    case "kustomize":
      return await kustomizeLayers(step, sources, containers);
    case "helm":
      return await helmLayers(step, sources, containers, declaredIn);
  }
}

function describeStep(step: Step): string {
  const namespace = step.namespace === undefined ? [] : [`namespace ${step.namespace}`];
  switch (step.tool) {
    case "plain":
      return [`${step.files.length} files`, ...namespace].join(", ");
    case "kustomize":
      return [`folder ${step.folder || "."}`, ...namespace].join(", ");
    case "helm": {
      const { chart, release } = step;
      const named =
        "path" in chart ? chart.path || "." : `${chart.repository} ${chart.name} ${chart.version}`;
      return [`chart ${named}`, `release ${release}`, ...namespace].join(", ");
    }
  }
}

/** Values are merged key by key, so the key that wins is looked up in every other layer. */
async function helmLayers(
  step: HelmStep,
  sources: Sources,
  containers: readonly ScannedContainer[],
  declaredIn: string,
): Promise<ExplainedLayer[]> {
  const layers = await layersOf(step, sources, declaredIn);
  const numbers = placesOf(containers).flatMap((number) => {
    const winner = layers.find((layer) => keyIn(layer, number.place) !== undefined);
    const parameter = parameterOf(number, step);
    const key = winner ? keyIn(winner, number.place) : parameter && keyOfParameter(parameter.name);
    return key ? [{ ...number, winner: winner ?? parameter, key }] : [];
  });
  const values = layers.map((layer): ExplainedLayer => {
    const holder = layer.placeOf([]);
    return {
      layer: layer.kind,
      ...(holder ? { file: holder.file } : {}),
      ...(holder && holder.path.length > 0 ? { keyPath: formatPlace(holder).replace(/\|$/, "") } : {}),
      sets: numbers.flatMap(({ container, resource, winner, key }) => {
        const value = valueAt(layer.data, key);
        if (typeof value !== "string" && typeof value !== "number") return [];
        const place = layer.placeOf(key);
        const keyPath = place ? formatPlace(place) : key.join(".");
        return [{ container, resource, keyPath, value: String(value), wins: winner === layer }];
      }),
    };
  });
  const parameters = (step.parameters ?? []).map((parameter): ExplainedLayer => ({
    layer: "parameter",
    keyPath: parameter.name,
    sets: numbers
      .filter(({ winner }) => winner === parameter)
      .map(({ container, resource }) => ({
        container,
        resource,
        keyPath: parameter.name,
        value: parameter.value,
        wins: true,
      })),
  }));
  const known = new Set(values.flatMap(({ file }) => file ?? []));
  const others = new Set(
    placesOf(containers).flatMap(({ place }) =>
      place.layer === "chart-values" && !known.has(place.file) ? place.file : [],
    ),
  );
  const ofSubcharts = [...others].map((file): ExplainedLayer => ({
    layer: "chart-values",
    file,
    sets: winnersIn(file, containers),
  }));
  return [...ofSubcharts, ...values, ...parameters, ...overridesOf(step.postRender)];
}

type Parameter = NonNullable<HelmStep["parameters"]>[number];

/** The one with the value of the number; of several, the one that is called like it. */
function parameterOf({ resource, place }: NumberPlace, step: HelmStep): Parameter | undefined {
  if (place.layer !== "parameter") return undefined;
  const equal = (step.parameters ?? []).filter(({ value }) => value === place.text);
  return equal.length === 1 ? equal[0] : equal.findLast(({ name }) => name.endsWith(resource));
}

/** `a.b\\.c` is the key `b.c` in `a`. */
function keyOfParameter(name: string): KeyPath {
  return name.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));
}

/** The key of the values that stands at a place of a layer. */
function keyIn(layer: Layer, place: FieldPlace): KeyPath | undefined {
  const holder = layer.placeOf([]);
  if (!holder || holder.file !== place.file) return undefined;
  const key = holder.inner ? place.inner?.path : place.path.slice(holder.path.length);
  const there = key && layer.placeOf(key);
  return there && placeKey(there) === placeKey(place) ? key : undefined;
}

/** From the deepest base to the overlay: of each folder its manifests, then what it lays over them. */
async function kustomizeLayers(
  step: KustomizeStep,
  sources: Sources,
  containers: readonly ScannedContainer[],
): Promise<ExplainedLayer[]> {
  const charts = new Set(chartFolders(sources));
  const seen = new Set<string>();
  const layers: ExplainedLayer[] = [];
  const add = (layer: string, file: string): void => {
    if (seen.has(file) || isTemplate(file, charts)) return;
    seen.add(file);
    layers.push({ layer, file, sets: winnersIn(file, containers) });
  };
  const { bases } = await closureOf(sources, step.folder);
  for (const folder of [...[...bases].toReversed(), step.folder]) {
    const own = await closureOf(sources, folder);
    const kustomization = kustomizationOf(sources, folder);
    for (const file of own.manifests) add("manifest", file);
    for (const file of own.files)
      if (file !== kustomization && /\.(?:ya?ml|json)$/.test(file)) add("patch", file);
    if (kustomization !== undefined) add("kustomization", kustomization);
  }
  for (const file of (step.resources ?? []).filter((one) => sources.has(one))) add("manifest", file);
  return [...layers, ...overridesOf(step.overrides)];
}

function overridesOf(overrides: Readonly<Record<string, unknown>> | undefined): ExplainedLayer[] {
  return Object.keys(overrides ?? {}).map((keyPath) => ({ layer: "patch", keyPath, sets: [] }));
}

function winnersIn(file: string, containers: readonly ScannedContainer[]): LayerNumber[] {
  return placesOf(containers)
    .filter(({ place }) => place.file === file)
    .map(winner);
}

function winner({ container, resource, place }: NumberPlace): LayerNumber {
  return { container, resource, keyPath: formatPlace(place), value: place.text ?? "", wins: true };
}

interface NumberPlace {
  readonly container: string;
  readonly resource: ResourceField;
  readonly place: FieldPlace;
}

/** Of numbers that are set now. */
function placesOf(containers: readonly ScannedContainer[]): NumberPlace[] {
  return containers.flatMap((at) =>
    RESOURCE_FIELDS.flatMap((resource) => {
      const place = placeOf(at, resource);
      return place?.present ? [{ container: at.container, resource, place }] : [];
    }),
  );
}
