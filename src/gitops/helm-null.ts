import type { FieldPlace, ScannedContainer } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";

/**
 * Whether `null` at a place of Helm's values takes away what weaker values set. Only where that is the same everywhere:
 * in files of values and in texts, of the chart itself. In an object (`valuesObject`, a HelmRelease's `values`) an
 * update by merge patch drops the null, and what releases of Helm make of null for a subchart differs.
 */
export function takesNull({ rendered }: RepositoryScan, at: ScannedContainer, place: FieldPlace): boolean {
  const object = rendered.get(at)?.object;
  const isText = place.layer === "values" || (place.layer === "inline-values" && place.inner !== undefined);
  return (
    isText &&
    object !== undefined &&
    at.recipe.steps[object.step]?.tool === "helm" &&
    object.template?.split("/")[1] === "templates"
  );
}
