import { createHash } from "node:crypto";
import type { Declared, HelmStep } from "../recipe.ts";
import { chartOf } from "./chart.ts";
import type { Made } from "./kustomization.ts";
import { type Asker, nameOf, namespaceOf } from "./objects.ts";
import { patchOverrides } from "./overrides.ts";
import { fluxSchemas, parse, type ReleaseSpec } from "./schema.ts";
import { releaseValues, type ValuesKit } from "./values.ts";

/** Throws a {@link Refusal} where nothing of the release can be told. */
export async function makeRelease(declared: Declared, kit: ValuesKit): Promise<Made> {
  const { object, origin, renderedBy } = declared;
  const { spec } = parse(fluxSchemas.release, object, "the HelmRelease");
  const asker: Asker = { file: origin.file, namespace: namespaceOf(object), renderedBy };
  const { chart, values: chartLayers, refused } = await chartOf(spec, asker, kit);
  const given = await releaseValues(spec, declared, asker, kit);
  const values = [...chartLayers, ...given.values];
  const claims = [
    ...("path" in chart ? [chart.path] : []),
    ...values.flatMap((layer) => ("file" in layer ? [layer.file] : [])),
  ];
  if (spec.suspend === true)
    return { steps: [], claims, refused: { code: "suspended", message: "the HelmRelease is suspended" } };
  const namespace = spec.targetNamespace || asker.namespace;
  const postRender = patchOverrides(
    (spec.postRenderers ?? []).flatMap(({ kustomize }) => (kustomize ? [kustomize] : [])),
  );
  const step: HelmStep = {
    tool: "helm",
    chart,
    release: releaseName(spec, nameOf(object)),
    ...(namespace === undefined ? {} : { namespace }),
    values,
    ...(given.parameters.length > 0 ? { parameters: given.parameters } : {}),
    ...(Object.keys(postRender).length > 0 ? { postRender } : {}),
    includeCrds: spec.install?.crds !== "Skip",
    skipTests: spec.test?.enable !== true,
    ...(spec.install?.disableSchemaValidation === true ? { skipSchemaValidation: true } : {}),
  };
  return {
    steps: [step],
    claims,
    ...(refused ? { refused } : {}),
    ...(given.missing ? { uncertain: given.missing } : {}),
  };
}

/** Helm takes 53 characters; of a longer name Flux keeps the beginning, and a hash. */
function releaseName({ releaseName, targetNamespace }: ReleaseSpec, name: string): string {
  const whole = releaseName || (targetNamespace ? `${targetNamespace}-${name}` : name);
  if (whole.length <= 53) return whole;
  return `${whole.slice(0, 40)}-${createHash("sha256").update(whole).digest("hex").slice(0, 12)}`;
}
