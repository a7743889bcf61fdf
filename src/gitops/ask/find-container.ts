import { distance } from "fastest-levenshtein";
import type { Reason } from "../../domain/reason.ts";
import { isWorkloadKind, type WorkloadKind } from "../../domain/workload.ts";
import type { Recipe } from "../recipe.ts";
import { anyPlace, refOf, type Scan, type ScannedContainer } from "../scan.ts";

/** How a person names a workload: `Deployment/shop/api`, or `Deployment//api` where no namespace is known. */
export interface WorkloadName {
  readonly kind: WorkloadKind;
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface ContainerQuery {
  readonly workload: WorkloadName;
  readonly container: string;
  /** The id or the path of a recipe, a values file that it reads, or the file of what delivers it. */
  readonly source?: string;
}

export type FoundContainer =
  | { readonly at: ScannedContainer }
  | { readonly status: "ambiguous" | "unmapped"; readonly reason: Reason };

/** `undefined` where the text is not `Kind/namespace/name` with a kind that has containers. */
export function parseWorkloadName(text: string): WorkloadName | undefined {
  const [kind = "", namespace = "", name = "", ...rest] = text.split("/");
  if (!isWorkloadKind(kind) || name === "" || rest.length > 0) return undefined;
  return { kind, namespace: namespace === "" ? undefined : namespace, name };
}

export function formatWorkloadName({ kind, namespace, name }: WorkloadName): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** The one container that is meant; where several recipes render it, or none, the reason names what there is. */
export function findContainer(scan: Scan, query: ContainerQuery): FoundContainer {
  const { source, container } = query;
  const name = formatWorkloadName(query.workload);
  const ofWorkload = scan.containers.filter((at) => refOf(at).workload === name);
  const named = ofWorkload.filter((at) => at.container === container);
  const hits = source === undefined ? named : narrowed(named, source);
  const [hit] = hits;
  if (hit && hits.length === 1) return { at: hit };
  if (hit)
    return {
      status: "ambiguous",
      reason: {
        code: "several-sources",
        message: `${hits.length} sources have it: ${hits.map(describeSource).join(", ")}; name one as the source`,
      },
    };
  if (named.length > 0)
    return unmapped(
      "other-source",
      `no source ${source} has it; it is in ${named.map(describeSource).join(", ")}`,
    );
  if (ofWorkload.length > 0)
    return unmapped(
      "no-container",
      `${name} has no container "${container}"; it has ${[...new Set(ofWorkload.map((at) => at.container))].join(", ")}`,
    );
  return unmapped("no-workload", missingWorkload(scan, query.workload));
}

/** Says that nothing renders a workload, and what there is instead. */
export function missingWorkload(scan: Scan, wanted: WorkloadName): string {
  const near = nearNames(scan, wanted);
  const refused = scan.recipes.filter((recipe) => recipe.refused).length;
  return [
    `no recipe renders ${formatWorkloadName(wanted)}`,
    ...(near.length > 0 ? [`there is ${near.join(", ")}`] : []),
    ...(refused > 0 ? [`${refused} recipes could not be rendered: loadline scan says why`] : []),
  ].join("; ");
}

/** Names alike, the nearest first: the same name elsewhere, or a slip of the fingers. */
function nearNames(scan: Scan, wanted: WorkloadName): string[] {
  const text = formatWorkloadName(wanted);
  const known = new Map(scan.containers.map((at) => [refOf(at).workload, at]));
  return [...known]
    .map(([name, at]) => ({ name, far: at.workload === wanted.name ? 0 : distance(name, text) }))
    .filter(({ far }) => far <= MOST_SLIPS)
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST_NAMED)
    .map(({ name }) => name);
}

const MOST_SLIPS = 4;
const MOST_NAMED = 5;

/** What the name of a source means first counts: an id or a values file, a chart by itself, then any path. */
function narrowed(named: readonly ScannedContainer[], source: string): readonly ScannedContainer[] {
  const wanted = source.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
  const at = wanted === "." ? "" : wanted;
  const ways: readonly ((recipe: Recipe) => boolean)[] = [
    ({ id }) => id === source,
    ({ path, values = [] }) => path === at && values.length === 0,
    ({ path }) => path === at,
    (recipe) => readsValues(recipe, at),
    // A HelmRelease that several Kustomizations deliver: the file of the one that is meant.
    ({ id }) => id.includes(`:${at}#`),
  ];
  for (const way of ways) {
    const hits = named.filter(({ recipe }) => way(recipe));
    if (hits.length > 0) return hits;
  }
  return [];
}

function readsValues({ steps }: Recipe, file: string): boolean {
  return steps.some(
    (step) => step.tool === "helm" && step.values.some((layer) => "file" in layer && layer.file === file),
  );
}

function describeSource(at: ScannedContainer): string {
  const place = anyPlace(at);
  return place ? `${at.recipe.id} (${place.file}:${place.line})` : at.recipe.id;
}

function unmapped(code: string, message: string): FoundContainer {
  return { status: "unmapped", reason: { code, message } };
}
