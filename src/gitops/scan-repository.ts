import { expand, type Expanded, type ExpandOptions } from "./expand.ts";
import type { Reason } from "../domain/reason.ts";
import { type ProbableResources, probableResources } from "./probable.ts";
import type { Field, Scan, ScannedContainer } from "./scan.ts";
import type { Sources } from "./sources.ts";
import { containerKey, type RenderedContainer, renderedContainers } from "./trace/containers.ts";
import { traceFields } from "./trace/trace.ts";
import type { Tree } from "./tree.ts";

/** A scan with all that is needed to change what it found. */
export interface RepositoryScan extends Scan {
  readonly tree: Tree;
  readonly sources: Sources;
  readonly expanded: readonly Expanded[];
  readonly options: ExpandOptions;
  /** What was rendered for each container. */
  readonly rendered: ReadonlyMap<ScannedContainer, RenderedContainer>;
  /** What releases set whose charts can't be had. */
  readonly probable: readonly ProbableResources[];
}

/** Renders every recipe of a tree, and finds the field that feeds each number of each container. */
export async function scanRepository(
  repository: string,
  tree: Tree,
  options: ExpandOptions,
): Promise<RepositoryScan> {
  const baseline = await expand(tree, options);
  const trace = await traceFields(baseline, options);
  const rendered = new Map<ScannedContainer, RenderedContainer>();
  for (const found of baseline.expanded.flatMap(renderedContainers)) {
    const fields = trace.fields.get(containerKey(found));
    if (!fields) continue;
    const { recipe, workload, container } = found;
    const scanned: ScannedContainer = {
      repository,
      recipe,
      kind: workload.kind,
      workload: workload.name,
      ...(workload.namespace === undefined ? {} : { namespace: workload.namespace }),
      container: container.name,
      role: container.role,
      current: container.resources,
      fields: recipe.uncertain ? doubted(fields, recipe.uncertain) : fields,
    };
    rendered.set(scanned, found);
  }
  return {
    repository,
    recipes: baseline.expanded.map(({ recipe, outcome }) =>
      "refused" in outcome ? { ...recipe, refused: outcome.refused } : recipe,
    ),
    containers: [...rendered.keys()],
    renders: baseline.renders + trace.renders,
    tree,
    sources: baseline.sources,
    expanded: baseline.expanded,
    options,
    rendered,
    probable: await probableResources(baseline.expanded, baseline.sources),
  };
}

/** The same fields, none of them more than probable. */
function doubted(fields: ScannedContainer["fields"], reason: Reason): ScannedContainer["fields"] {
  const doubt = (field: Field): Field =>
    field.status === "refused" ? field : { ...field, status: "probable", reason };
  return {
    "requests.cpu": doubt(fields["requests.cpu"]),
    "requests.memory": doubt(fields["requests.memory"]),
    "limits.cpu": doubt(fields["limits.cpu"]),
    "limits.memory": doubt(fields["limits.memory"]),
  };
}
