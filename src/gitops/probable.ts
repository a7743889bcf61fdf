import type { Reason } from "../domain/reason.ts";
import { sameQuantity } from "../domain/quantity.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField, type Resources } from "../domain/resources.ts";
import type { Container, WorkloadId } from "../domain/workload.ts";
import type { Expanded } from "./expand.ts";
import type { Recipe } from "./recipe.ts";
import type { Field, FieldPlace, ScannedContainer } from "./scan.ts";
import type { Sources } from "./sources.ts";
import { setResources } from "./trace/helm-values.ts";
import { Positions } from "./trace/position.ts";

/** Resources that the values of a release set, though its chart can't be had: what they feed is not shown. */
export interface ProbableResources {
  readonly recipe: Recipe;
  readonly release: string;
  readonly namespace?: string;
  readonly current: Resources;
  /** Those that are set, none more than probable. */
  readonly fields: readonly Field[];
}

/** A chart that is not here, and may not be fetched. */
const NOT_HERE = "remote-chart";

const NOT_SHOWN: Reason = {
  code: NOT_HERE,
  message: "its chart can't be rendered here; the release's own values hold these amounts",
};

/** Every key of a release's own values that ends in `resources` and sets something. */
export async function probableResources(
  expanded: readonly Expanded[],
  sources: Sources,
): Promise<ProbableResources[]> {
  const positions = new Positions(sources);
  const found: ProbableResources[] = [];
  for (const { recipe, outcome } of expanded) {
    if (!("refused" in outcome) || outcome.refused.code !== NOT_HERE) continue;
    for (const step of recipe.steps) {
      if (step.tool !== "helm" || "path" in step.chart) continue;
      for (const { current, places } of await setResources(step, sources, recipe.path)) {
        const fields: Field[] = [];
        for (const [resource, { place, layer, text }] of places) {
          const at: FieldPlace = {
            ...place,
            ...(await positions.of(place)),
            present: true,
            text,
            layer,
            feeds: [],
          };
          fields.push({ resource, status: "probable", place: at, reason: NOT_SHOWN });
        }
        const namespace = step.namespace === undefined ? {} : { namespace: step.namespace };
        found.push({ recipe, release: step.release, ...namespace, current, fields });
      }
    }
  }
  return found;
}

/** Whether these can only be the numbers of a container that lives: of its release, and the same amounts. */
export function mayFeed(probable: ProbableResources, workload: WorkloadId, live: Container): boolean {
  const { release, namespace, current } = probable;
  const named = workload.name === release || workload.name.startsWith(`${release}-`);
  const same = RESOURCE_FIELDS.every((field) =>
    sameQuantity(amountOf(current, field), amountOf(live.resources, field)),
  );
  return named && namespace === workload.namespace && same;
}

/** The container that these resources probably belong to, as if it had been rendered. */
export function asScanned(
  probable: ProbableResources,
  repository: string,
  workload: WorkloadId,
  live: Container,
): ScannedContainer {
  const field = (resource: ResourceField): Field =>
    probable.fields.find((one) => one.resource === resource) ?? {
      resource,
      status: "refused",
      reason: NOT_SHOWN,
    };
  return {
    repository,
    recipe: probable.recipe,
    kind: workload.kind,
    workload: workload.name,
    namespace: workload.namespace,
    container: live.name,
    role: live.role,
    current: probable.current,
    fields: {
      "requests.cpu": field("requests.cpu"),
      "requests.memory": field("requests.memory"),
      "limits.cpu": field("limits.cpu"),
      "limits.memory": field("limits.memory"),
    },
  };
}
