import { describe, expect, it } from "vitest";
import { anyPlace, placeOf } from "../../src/gitops/scan.ts";
import type { RepositoryScan } from "../../src/gitops/scan-repository.ts";
import { application, deployment } from "./files.ts";
import { scanFiles as scan } from "./scan-files.ts";

describe("scanning plain manifests", () => {
  it("finds each container with the line and column of its numbers, over documents and line endings", async () => {
    const one = deployment("api", "- name: app\n  resources: {requests: {cpu: 100m}}", "shop");
    const text = `# head\r\n---\r\n${one}---\r\n${deployment("web")}`.replaceAll(/\r?\n/g, "\r\n");
    const { containers, renders } = await scan({ "apps/all.yaml": text });
    expect(renders).toBe(0);
    expect(containers).toMatchObject([
      {
        repository: "acme/shop",
        recipe: { id: "plain:apps", kind: "plain", path: "apps" },
        namespace: "shop",
        current: { requests: { cpu: "100m" } },
        fields: {
          "requests.cpu": {
            status: "proven",
            place: { line: 13, column: 39, document: 0, present: true, text: "100m", layer: "manifest" },
          },
        },
      },
      {
        workload: "web",
        fields: {
          "requests.cpu": { status: "proven", place: { document: 1, line: 23, column: 11, present: false } },
        },
      },
    ]);
    expect(containers[1]).not.toHaveProperty("namespace");
  });

  it("gives every field a place that reads back from the file", async () => {
    const container = `- name: app\n  resources:\n    limits: {memory: 1Gi, "cpu": '2'}\n    requests:\n      memory: 1Gi`;
    const text = deployment("api", container);
    const { containers } = await scan({ "a.yaml": text });
    const present = Object.values(containers[0]?.fields ?? {}).flatMap((field) =>
      field.status !== "refused" && field.place.present ? [field] : [],
    );
    expect(present).toHaveLength(3);
    for (const { resource, place } of present) {
      const at = text.split("\n")[place.line - 1]?.slice(place.column - 1) ?? "";
      expect(at).toMatch(resource.endsWith("cpu") ? /^'2'/ : /^1Gi/);
    }
  });

  it("says of each field everything that it feeds, over all recipes that read its file", async () => {
    const { containers } = await scan({
      "argocd/dev.yaml": application("dev", "apps", "shop-dev"),
      "argocd/prod.yaml": application("prod", "apps", "shop-prod"),
      "apps/api.yaml": deployment("api"),
    });
    expect(containers).toHaveLength(2);
    for (const at of containers)
      expect(
        placeOf(at, "requests.cpu")?.feeds.map(({ workload, container }) => [workload, container]),
      ).toEqual([
        ["Deployment/shop-dev/api", "app"],
        ["Deployment/shop-prod/api", "app"],
      ]);
  });

  it("reads JSON, lists, and files at the root", async () => {
    const items = [{ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "a" }, spec: {} }];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const { recipes, containers } = await scan({ "list.json": list, "api.yml": deployment("api") });
    expect(recipes).toEqual([
      {
        id: "plain:",
        kind: "plain",
        path: "",
        steps: [{ tool: "plain", files: ["api.yml", "list.json"] }],
      },
    ]);
    expect(containers.map(({ recipe, workload }) => [recipe.id, workload])).toEqual([["plain:", "api"]]);
  });

  it("leaves what a kustomization lists to Kustomize, and says so where that is missing", async () => {
    const { containers, recipes } = await scan({
      "base/kustomization.yaml": "resources: [api.yaml]",
      "base/api.yaml": deployment("api"),
    });
    expect(containers).toEqual([]);
    expect(recipes).toMatchObject([
      { kind: "kustomize", path: "base", refused: { code: "renderer-missing" } },
    ]);
  });

  it("leaves out a file beside a kustomization that does not list it", async () => {
    const { containers } = await scan({ "base/kustomization.yaml": "", "base/api.yaml": deployment("api") });
    expect(containers).toEqual([]);
  });

  it("leaves alone what two manifests of one folder declare, and names both", async () => {
    const { containers } = await scan({ "a.yaml": deployment("api"), "b.yaml": deployment("api") });
    expect(containers.map(({ fields }) => fields["requests.cpu"])).toMatchObject([
      {
        status: "refused",
        reason: { code: "several-manifests", message: expect.stringMatching(/a\.yaml and b\.yaml/) },
      },
    ]);
  });

  it("passes over chart templates and what declares no workload, valid or not", async () => {
    const chart = { "charts/a/Chart.yaml": "name: a", "charts/a/templates/x/api.yaml": deployment("api") };
    const others = {
      "config.yaml": "a: [",
      "notes.txt": deployment("x"),
      "crd.yaml": "kind: DeploymentConfig",
    };
    const { containers, recipes } = await scan({ ...chart, ...others });
    expect(containers).toEqual([]);
    // The chart itself is for helm, which is not here.
    expect(recipes.filter(({ path }) => path !== "charts/a")).toEqual([]);
    expect((await scan({ "templates/api.yaml": deployment("api") })).containers).toHaveLength(1);
  });

  it.each([
    ["yaml-invalid", `${deployment("api")}bad: [\n`],
    ["yaml-invalid", `${deployment("api")}---\na: {<<: 1}\n`],
    ["duplicate-keys", `${deployment("api")}kind: Deployment\n`],
    ["sops", `${deployment("api")}sops: {mac: x}\n`],
    ["generated", `# generated by kit, do not edit\n${deployment("api")}`],
    ["not-utf8", Buffer.concat([Buffer.from(deployment("api")), Buffer.from([0xff])])],
    ["file-too-large", `${deployment("api")}#${" ".repeat(8 * 2 ** 20)}`],
  ])("tells of a file that it can't edit, and goes on with the one beside it: %s", async (code, text) => {
    const scanned = await scan({ "api.yaml": text, "web.yaml": deployment("web") });
    expect(refusals(scanned)).toEqual(new Set([`api.yaml ${code}`]));
    const editable = scanned.containers.filter((at) => anyPlace(at) !== undefined);
    expect(editable.map(({ workload }) => workload)).toEqual(["web"]);
  });

  it("reads ten thousand containers of one file in seconds", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `- {name: c${index}}`).join("\n");
    const { containers } = await scan({ "a.yaml": deployment("api", many) });
    const last = containers.at(-1);
    expect(last && placeOf(last, "requests.cpu")?.line).toBe(10_008);
  }, 30_000);
});

/** `file code` of everything that was refused: a whole source, or single numbers of a container. */
function refusals({ recipes, containers }: RepositoryScan): Set<string> {
  const reasons = [
    ...recipes.flatMap(({ refused }) => refused ?? []),
    ...containers.flatMap(({ fields }) =>
      Object.values(fields).flatMap((field) => (field.status === "refused" ? [field.reason] : [])),
    ),
  ];
  return new Set(reasons.map(({ file, code }) => `${file} ${code}`));
}
