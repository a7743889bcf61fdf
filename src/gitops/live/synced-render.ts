import type { Resources } from "../../domain/resources.ts";
import { expand } from "../expand.ts";
import type { ScannedContainer } from "../scan.ts";
import type { RepositoryScan } from "../scan-repository.ts";
import { renderedContainers } from "../trace/containers.ts";
import type { Tree } from "../tree.ts";

/** What another commit of a scanned repository makes of a container; `undefined` where it does not declare it. */
export type ResourcesAt = (at: ScannedContainer) => Resources | undefined;

/** Renders the repository as it is in `tree`; without tracing, since nothing of it is edited. */
export async function resourcesAt(
  { options }: RepositoryScan,
  tree: Tree,
): Promise<{ resourcesOf: ResourcesAt; renders: number }> {
  const { expanded, renders } = await expand(tree, options);
  const found = new Map(
    expanded
      .flatMap(renderedContainers)
      .map(({ recipe, workload, container }) => [
        key(recipe.id, workload.kind, workload.namespace, workload.name, container.name),
        container.resources,
      ]),
  );
  return {
    renders,
    resourcesOf: ({ recipe, kind, namespace, workload, container }) =>
      found.get(key(recipe.id, kind, namespace, workload, container)),
  };
}

function key(...parts: readonly (string | undefined)[]): string {
  return JSON.stringify(parts.map((part) => part ?? ""));
}
