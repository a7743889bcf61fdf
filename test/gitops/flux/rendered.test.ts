import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type RenderedObject, renderRecipe } from "../../../src/gitops/render-recipe.ts";
import { programRenderer } from "../../../src/gitops/render/renderer.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { Workspace } from "../../../src/gitops/workspace.ts";
import { renderersForTests } from "../../support/renderers.ts";
import { deployment, treeOf } from "../files.ts";
import { CHART, kustomization, named, recipesOf, release, SOURCE } from "./declared.ts";

const renderers = await renderersForTests();
const chartCache = await mkdtemp(path.join(tmpdir(), "loadline-flux-test-"));
afterAll(async () => {
  await rm(chartCache, { recursive: true });
});

async function render(
  files: Readonly<Record<string, string>>,
  name: string,
): Promise<RenderedObject["value"][]> {
  const renderer = await programRenderer({
    helm: renderers?.current.helm ?? "",
    kubectl: renderers?.current.kubectl ?? "",
    chartCache,
  });
  const sources = await Sources.of(treeOf(files));
  await using workspace = await Workspace.create(sources);
  const recipe = named(await recipesOf(files), name);
  const outcome = await renderRecipe(recipe, { sources, workspace, renderer });
  if ("refused" in outcome) throw new Error(outcome.refused.message);
  return outcome.objects.map(({ value }) => value);
}

const dump = `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}" }
data: { values: '{{ .Values | toJson }}' }
`;

describe.skipIf(!renderers)("recipes of Flux, rendered", () => {
  it("put variables of settings in, and leave those of a Secret that is in no file to be seen", async () => {
    const objects = await render(
      {
        "source.yaml": SOURCE,
        "ks.yaml": kustomization(
          "apps",
          "path: apps, targetNamespace: shop, postBuild: { substitute: { CPU: 250m }, substituteFrom: [{ kind: Secret, name: gone }] }",
        ),
        "apps/api.yaml": deployment(
          "api",
          "- name: app\n  image: ${REGISTRY}/app\n  resources: { requests: { cpu: '${CPU}', memory: '${MEMORY:=64Mi}' } }",
        ),
        "apps/deep/web.yaml": deployment("web"),
      },
      "apps",
    );
    expect(objects).toMatchObject([
      {
        metadata: { name: "api", namespace: "shop" },
        spec: {
          template: {
            spec: {
              containers: [
                { image: "${REGISTRY}/app", resources: { requests: { cpu: "250m", memory: "64Mi" } } },
              ],
            },
          },
        },
      },
      { metadata: { name: "web", namespace: "shop" } },
    ]);
  });

  it("read values in the order of Flux: files instead of the chart's own, ConfigMaps, the release, keys by path", async () => {
    const spec = `valuesFrom:
  - { kind: ConfigMap, name: more, valuesKey: key, targetPath: d.path }
  - { kind: ConfigMap, name: more }
values: { c: release, d: { path: release } }`;
    const [object] = await render(
      {
        ...CHART,
        "charts/web/values.yaml": "a: chart\nb: chart\nm: { own: chart, file: chart }\n",
        "charts/web/templates/dump.yaml": dump,
        "prod.yaml": "b: file\nc: file\nm: { file: file }\n",
        "more.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: more, namespace: shop }
data: { values.yaml: "b: map", key: path }
`,
        "api.yaml": release("api", spec, "valuesFiles: [prod.yaml]"),
      },
      "api",
    );
    expect(object).toMatchObject({
      data: {
        values: JSON.stringify({ b: "map", c: "release", d: { path: "path" }, m: { file: "file" } }),
      },
    });
  });

  it("patch what a chart makes, one post-renderer on what the last one left", async () => {
    const patch = (value: string): string =>
      `patches: [{ target: { kind: ConfigMap }, patch: '[{ "op": "add", "path": "/data/who", "value": "${value}" }]' }]`;
    const [object] = await render(
      {
        ...CHART,
        "charts/web/templates/dump.yaml": dump,
        "api.yaml": release(
          "api",
          `postRenderers: [{ kustomize: { ${patch("one")} } }, { kustomize: { ${patch("two")} } }]`,
        ),
      },
      "api",
    );
    expect(object).toMatchObject({ data: { who: "two" } });
  });
});
