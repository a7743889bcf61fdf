import type { ContainerObject, WorkloadObject } from "../../manifests/workload-objects.ts";
import { workloadObjects } from "../../manifests/workload-objects.ts";
import type { Expanded } from "../expand.ts";
import type { Recipe } from "../recipe.ts";
import type { RenderedObject } from "../render-recipe.ts";

/** A container in what a recipe rendered. */
export interface RenderedContainer {
  readonly recipe: Recipe;
  readonly object: RenderedObject;
  readonly workload: WorkloadObject;
  readonly container: ContainerObject;
}

export function renderedContainers({ recipe, outcome }: Expanded): RenderedContainer[] {
  if ("refused" in outcome) return [];
  return outcome.objects.flatMap((object) =>
    workloadObjects(object.value).flatMap((workload) =>
      workload.containers.map((container): RenderedContainer => ({ recipe, object, workload, container })),
    ),
  );
}

/** Tells containers of one rendering apart, and finds the same one in another. */
export function containerKey({ recipe, workload, container }: RenderedContainer): string {
  return JSON.stringify([
    recipe.id,
    workload.kind,
    workload.namespace ?? "",
    workload.name,
    container.role === "main",
    container.name,
  ]);
}
