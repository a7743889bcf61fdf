import { readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type HelmSpec, helmTemplate } from "../../../src/gitops/render/helm.ts";
import type { Rendered } from "../../../src/gitops/render/rendered.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE, folderOf } from "./folder-of.ts";
import { objectsOf, program, renderers } from "./real-programs.ts";

const SHOW_VALUES = "values: {{- toYaml .Values | nindent 2 }}\n";

describe.skipIf(!renderers).each(["current", "older"] as const)("helm template, %s helm", (release) => {
  const render = async (
    spec: Omit<HelmSpec, "releaseName" | "roots"> & Partial<HelmSpec>,
  ): Promise<Rendered> =>
    await helmTemplate(await program("helm", release), {
      releaseName: "rel",
      roots: [path.dirname(spec.chart)],
      ...spec,
    });

  test("gives the objects, and beside each the template that it came from", async () => {
    const root = await folderOf({
      "web/Chart.yaml": chartYaml("web"),
      "web/values.yaml": "resources: {requests: {cpu: 100m}}\n",
      "web/templates/deployment.yaml": DEPLOYMENT_TEMPLATE,
      "web/templates/two.yaml": "kind: A\n---\nkind: B\n---\n# nothing\n",
    });
    const rendered = await render({ chart: `${root}/web`, namespace: "shop" });
    expect(rendered).toMatchObject({
      objects: expect.arrayContaining([
        { kind: "A" },
        { kind: "B" },
        expect.objectContaining({
          kind: "Deployment",
          metadata: { name: "rel-web", namespace: "shop" },
          spec: {
            template: { spec: { containers: [{ name: "main", resources: { requests: { cpu: "100m" } } }] } },
          },
        }),
      ]),
    });
    expect("templates" in rendered && [...new Set(rendered.templates)]).toEqual(
      expect.arrayContaining(["web/templates/deployment.yaml", "web/templates/two.yaml"]),
    );
  });

  test("lays values over each other in their order, and parameters over all", async () => {
    const root = await folderOf({
      "web/Chart.yaml": chartYaml("web"),
      "web/values.yaml": "{a: chart, b: chart, c: chart, d: chart}\n",
      "web/templates/v.yaml": SHOW_VALUES,
      "one.yaml": "{b: one, c: one, d: one}\n",
      "comma, and\nnewline.yaml": "{c: two, d: two}\n",
      "note.txt": "from a file, with a comma",
    });
    const rendered = await render({
      chart: `${root}/web`,
      roots: [root],
      values: [
        { file: `${root}/one.yaml` },
        { file: `${root}/comma, and\nnewline.yaml` },
        { text: "d: inline\n" },
      ],
      parameters: [
        { name: "list", value: "{x,y}" },
        { name: "text", value: "x,y" },
        { name: "number", value: "1" },
        { name: "string", value: "1", forceString: true },
        { name: "nested.list[0]", value: "--post-renderer=/bin/sh" },
      ],
      fileParameters: [{ name: "note", path: `${root}/note.txt` }],
    });
    expect(objectsOf(rendered)).toEqual([
      {
        values: {
          a: "chart",
          b: "one",
          c: "two",
          d: "inline",
          list: ["x", "y"],
          text: "x,y",
          number: 1,
          string: "1",
          nested: { list: ["--post-renderer=/bin/sh"] },
          note: "from a file, with a comma",
        },
      },
    ]);
  });

  test("renders for the version and APIs of the cluster, with CRDs and without tests where asked", async () => {
    const root = await folderOf({
      "web/Chart.yaml": chartYaml("web"),
      "web/crds/c.yaml": "kind: CustomResourceDefinition\n",
      "web/templates/t.yaml": "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n",
      "web/templates/v.yaml":
        'version: {{ .Capabilities.KubeVersion.Version }}\nhas: {{ .Capabilities.APIVersions.Has "a.example/v1/Thing" }}\n',
    });
    const asked = { kubeVersion: "1.29.3", apiVersions: ["a.example/v1", "a.example/v1/Thing"] };
    const few = await render({ chart: `${root}/web`, ...asked, skipTests: true });
    expect(objectsOf(few)).toEqual([{ version: "v1.29.3", has: true }]);
    const all = await render({ chart: `${root}/web`, includeCrds: true });
    expect(objectsOf(all)).toHaveLength(3);
    expect(objectsOf(all)).toContainEqual({ kind: "CustomResourceDefinition" });
  });

  test("renders what the schema lets through, and says what it refuses", async () => {
    const root = await folderOf({
      "web/Chart.yaml": chartYaml("web"),
      "web/values.schema.json": '{"properties": {"replicas": {"type": "integer"}}}',
      "web/templates/v.yaml": SHOW_VALUES,
    });
    const values = [{ text: "replicas: many\n" }];
    expect(await render({ chart: `${root}/web`, values })).toEqual({
      refused: { code: "schema-refused", message: expect.stringMatching(/replicas.*integer/) },
    });
    const skipped = await render({ chart: `${root}/web`, values, skipSchemaValidation: true });
    expect(objectsOf(skipped)).toEqual([{ values: { replicas: "many" } }]);
  });

  test.each([
    [
      "a template that fails",
      '{{ fail "set .Values.host" }}',
      /web\/templates\/x.yaml:1:3\): set .Values.host$/,
    ],
    [
      "a template that is none",
      "{{ if }}",
      /parse error at \(web\/templates\/x.yaml:1\): missing value for if/,
    ],
    [
      "output that is no YAML",
      "a: b: c\n",
      /error on web\/templates\/x.yaml.*mapping values are not allowed/,
    ],
  ])("says where it stands: %s", async (_, template, message) => {
    const root = await folderOf({ "web/Chart.yaml": chartYaml("web"), "web/templates/x.yaml": template });
    expect(await render({ chart: `${root}/web` })).toEqual({
      refused: { code: "render-failed", message: expect.stringMatching(message) },
    });
  });

  test.each([
    { releaseName: "--post-renderer=/bin/sh" },
    { releaseName: "a\nb" },
    { namespace: "shop --kubeconfig=/etc/x" },
    { kubeVersion: "latest" },
    { apiVersions: ["v1,--debug"] },
    { parameters: [{ name: "a\0b", value: "" }] },
  ])("refuses a name that is none: %j", async (wrong) => {
    const root = await folderOf({ "web/Chart.yaml": chartYaml("web") });
    expect(await render({ chart: `${root}/web`, ...wrong })).toMatchObject({
      refused: { code: "render-failed" },
    });
  });

  describe("dependencies", () => {
    const child = (name: string, dependencies: readonly string[] = []): Record<string, string> => ({
      [`${name}/Chart.yaml`]: chartYaml(name, dependencies),
      [`${name}/values.yaml`]: "resources: {requests: {cpu: 1m}}\n",
      [`${name}/templates/d.yaml`]: DEPLOYMENT_TEMPLATE,
    });

    test("of the same tree are found, with aliases, conditions, and their own dependencies", async () => {
      const root = await folderOf({
        ...child("leaf"),
        ...child("middle", ["{name: leaf, version: 0.1.0, repository: file://../leaf}"]),
        "web/Chart.yaml": chartYaml("web", [
          "{name: middle, version: 0.1.0, repository: file://../middle}",
          "{name: middle, version: 0.1.0, repository: file://../middle, alias: other}",
          "{name: leaf, version: 0.1.0, repository: file://../leaf, alias: third, condition: third.enabled}",
        ]),
        "web/values.yaml":
          "third: {enabled: false}\nother: {resources: {requests: {cpu: 2m}}, leaf: {resources: {requests: {cpu: 3m}}}}\n",
      });
      const rendered = await render({ chart: `${root}/web`, roots: [root] });
      expect(cpuByName(rendered)).toEqual([
        ["rel-leaf", "1m"],
        ["rel-leaf", "3m"],
        ["rel-middle", "1m"],
        ["rel-other", "2m"],
      ]);
      // The tree itself stays as it is.
      expect(await readdir(`${root}/web`)).toEqual(["Chart.yaml", "values.yaml"]);
    });

    test("in charts/ are used as they lie there", async () => {
      const root = await folderOf({
        ...Object.fromEntries(
          Object.entries(child("leaf")).map(([file, text]) => [`web/charts/${file}`, text]),
        ),
        "web/Chart.yaml": chartYaml("web", [
          "{name: leaf, version: 0.1.0, repository: https://charts.example}",
        ]),
      });
      expect(cpuByName(await render({ chart: `${root}/web` }))).toEqual([["rel-leaf", "1m"]]);
    });

    test("that would have to be fetched are refused with their names", async () => {
      const root = await folderOf({
        ...child("middle", [
          '{name: deep, version: ^2.0.0, repository: "oci://user:hunter2@registry.example/charts"}',
        ]),
        "web/Chart.yaml": chartYaml("web", ["{name: middle, version: 0.1.0, repository: file://../middle}"]),
      });
      expect(await render({ chart: `${root}/web`, roots: [root] })).toEqual({
        refused: {
          code: "needs-network",
          message:
            'middle needs charts that are not in its charts/: "deep ^2.0.0 of oci://registry.example/charts"',
        },
      });
    });
  });
});

function cpuByName(rendered: Rendered): string[][] {
  return objectsOf(rendered)
    .map((object) => {
      const text = JSON.stringify(object);
      return [/"name":"(rel-[^"]*)"/.exec(text)?.[1] ?? "", /"cpu":"([^"]*)"/.exec(text)?.[1] ?? ""];
    })
    .sort(([a = "", x = ""], [b = "", y = ""]) => a.localeCompare(b) || x.localeCompare(y));
}
