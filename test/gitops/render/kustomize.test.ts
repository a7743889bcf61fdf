import { describe, expect, test } from "vitest";
import { type KustomizeSpec, kustomizeBuild } from "../../../src/gitops/render/kustomize.ts";
import type { Program } from "../../../src/gitops/render/program.ts";
import type { Rendered } from "../../../src/gitops/render/rendered.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE, deployment, folderOf } from "./folder-of.ts";
import { objectsOf, program, renderers } from "./real-programs.ts";

const CHART = {
  "charts/web/Chart.yaml": chartYaml("web"),
  "charts/web/values.yaml": "resources: {requests: {cpu: 100m}}\n",
  "charts/web/templates/d.yaml": DEPLOYMENT_TEMPLATE,
};

describe.skipIf(!renderers)("kustomize build", () => {
  const build = async (spec: KustomizeSpec, network = false): Promise<Rendered> =>
    await kustomizeBuild(await program("kubectl"), spec, { helm: await program("helm"), network });

  test("builds an overlay with a component, patches and generators", async () => {
    const root = await folderOf({
      "base/kustomization.yaml": "resources: [api.yaml]\n",
      "base/api.yaml": deployment("api", "100m"),
      "part/kustomization.yaml":
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -x\n",
      "prod/Kustomization": `resources: [../base]
components: [../part]
namespace: shop
namePrefix: prod-
patches: [{path: cpu.yaml}]
configMapGenerator: [{name: settings, files: [key=settings.txt], options: {disableNameSuffixHash: true}}]
`,
      "prod/cpu.yaml": deployment("api", "250m"),
      "prod/settings.txt": "a: 1",
    });
    expect(objectsOf(await build({ folder: `${root}/prod`, roots: [root] }))).toMatchObject([
      { kind: "ConfigMap", metadata: { name: "prod-settings-x" }, data: { key: "a: 1" } },
      {
        metadata: { name: "prod-api-x", namespace: "shop" },
        spec: { template: { spec: { containers: [{ resources: { requests: { cpu: "250m" } } }] } } },
      },
    ]);
  });

  test.each(["current", "older"] as const)(
    "inflates a chart that is there, with %s helm",
    async (release) => {
      const root = await folderOf({
        ...CHART,
        "kustomization.yaml":
          "helmCharts: [{name: web, releaseName: rel, namespace: shop, valuesInline: {resources: {requests: {cpu: 7m}}}}]\n",
      });
      const helm = await program("helm", release);
      const built = await kustomizeBuild(
        await program("kubectl"),
        { folder: root, roots: [root], enableHelm: true },
        { helm },
      );
      expect(objectsOf(built)).toMatchObject([
        {
          metadata: { name: "rel-web", namespace: "shop" },
          spec: { template: { spec: { containers: [{ resources: { requests: { cpu: "7m" } } }] } } },
        },
      ]);
    },
  );

  test("says that an old kustomize can't drive a new helm", async () => {
    const root = await folderOf({ ...CHART, "kustomization.yaml": "helmCharts: [{name: web}]\n" });
    const spec = { folder: root, roots: [root], enableHelm: true };
    expect(
      await kustomizeBuild(await program("kubectl", "older"), spec, { helm: await program("helm") }),
    ).toEqual({
      refused: { code: "renderer-missing", message: expect.stringContaining("helm 4") },
    });
  });

  test.each([
    ["that is not enabled", {}, "helmCharts: [{name: web}]\n", "helm-not-enabled"],
    [
      "that is not there",
      { enableHelm: true },
      'helmCharts: [{name: web, version: 1.2.3, repo: "https://u:hunter2@charts.example"}]\n',
      "needs-network",
    ],
    ["with a way out for a name", { enableHelm: true }, "helmCharts: [{name: ../../etc}]\n", "outside-tree"],
  ])("refuses a chart %s", async (_, options, kustomization, code) => {
    const root = await folderOf({ ...CHART, "kustomization.yaml": kustomization });
    const refused = await build({ folder: root, roots: [root], ...options });
    expect(refused).toMatchObject({ refused: { code } });
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });

  test("takes files from the whole tree only where that is asked for, as Flux has it", async () => {
    const root = await folderOf({
      "app/kustomization.yaml": "resources: [../shared/api.yaml]\n",
      "shared/api.yaml": deployment("api", "1"),
    });
    const spec = { folder: `${root}/app`, roots: [root] };
    expect(await build(spec)).toMatchObject({ refused: { code: "outside-tree" } });
    expect(objectsOf(await build({ ...spec, filesOfWholeTree: true }))).toHaveLength(1);
  });

  test.each([
    ["resources: [https://github.com/o/r//base?ref=v1]", "github.com/o/r"],
    ["resources: ['github.com/o/r//base?ref=v1']", "github.com/o/r"],
    ["resources: ['git@github.com:o/r.git']", "git@github.com:o/r.git"],
    ["bases: ['git::https://example.org/r']", "git::https"],
    ["components: ['ssh://git@example.org/r']", "ssh://example.org/r"],
    ["patches: [{path: 'https://example.org/p.yaml'}]", "https://example.org/p.yaml"],
    ["configMapGenerator: [{name: a, files: ['k=https://example.org/k']}]", "https://example.org/k"],
    ["openapi: {path: 'http://127.0.0.1:1/x'}", "http://127.0.0.1:1/x"],
  ])("refuses what is remote before anything runs: %s", async (kustomization, named) => {
    const root = await folderOf({
      "app/kustomization.yaml": "resources: [../base]\n",
      "base/kustomization.yaml": kustomization,
    });
    const nothing: Program = { name: "kustomize", path: "/nonexistent", version: "5.8.1" };
    expect(await kustomizeBuild(nothing, { folder: `${root}/app`, roots: [root] })).toEqual({
      refused: { code: "remote-base", message: expect.stringMatching(/^base reads .* from elsewhere$/) },
    });
    expect(JSON.stringify(await kustomizeBuild(nothing, { folder: `${root}/app`, roots: [root] }))).toContain(
      named,
    );
  });

  test("says what is wrong with a kustomization, without this machine's folders", async () => {
    const root = await folderOf({ "app/kustomization.yaml": "resources: [nope.yaml]\n" });
    const built = await build({ folder: `${root}/app`, roots: [root] });
    expect(built).toMatchObject({
      refused: { code: "render-failed", message: expect.stringContaining("nope.yaml") },
    });
    expect(JSON.stringify(built)).not.toContain(root);
  });
});
