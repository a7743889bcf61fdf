import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { NO_RESOURCES } from "../../../src/domain/resources.ts";
import { type Location, Locator } from "../../../src/gitops/locate.ts";
import { programRenderer } from "../../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../../src/gitops/scan-repository.ts";
import { readApplication } from "../../../src/inventory/deliveries/application.ts";
import { applicationObject, SHOP_COMMIT } from "../../support/delivery-objects.ts";
import { deployment, treeOf } from "../files.ts";
import { rendererEnvironment, renderersForTests } from "../../support/renderers.ts";

const renderers = await renderersForTests();
const renderer =
  renderers &&
  (await programRenderer({
    environment: { PATH: process.env["PATH"] ?? "", ...rendererEnvironment(renderers) },
    chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
  }));

const REPO = "https://github.com/acme/shop";
const ID = { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api" };
const CPU = "- name: app\n  resources: {requests: {cpu: {{ .Values.cpu }}}}";

type Source = Readonly<Record<string, unknown>>;

const scans = new Map<string, Promise<RepositoryScan>>();

/** A chart with a values file, and the Application that declares it; rendered once. */
async function scanOf(declared: Source): Promise<RepositoryScan> {
  if (!renderer) throw new Error("no helm");
  const spec = { project: "default", destination: { namespace: "shop" }, ...sourcesOf(declared) };
  const files = {
    "argo/shop.yaml": stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "shop", namespace: "argocd" },
      spec,
    }),
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values.yaml": "cpu: 100m\n",
    "chart/prod.yaml": "cpu: 200m\n",
    "chart/templates/api.yaml": deployment("api", CPU, "shop"),
  };
  const scan =
    scans.get(files["argo/shop.yaml"]) ??
    scanRepository("acme/shop", treeOf(files), { renderer, isOwn: () => true });
  scans.set(files["argo/shop.yaml"], scan);
  return await scan;
}

/** Where the Deployment is written, as an app of apps delivers an Application that lives as it is said. */
async function located(declared: Source, lives: Source, parent: object = {}): Promise<Location> {
  const scan = await scanOf(declared);
  const root = readApplication(
    applicationObject("root", {
      spec: { source: { repoURL: REPO, path: "argo" }, ...parent },
      status: {
        sourceType: "Directory",
        resources: [
          { group: "argoproj.io", kind: "Application", namespace: "argocd", name: "shop", status: "Synced" },
        ],
      },
    }),
  );
  const shop = readApplication(
    applicationObject("shop", {
      metadata: {
        annotations: { "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/shop" },
      },
      spec: { source: undefined, ...sourcesOf(lives) },
      status: { sourceType: "Helm", sourceTypes: ["Helm"] },
    }),
  );
  if (!root || !shop) throw new Error("malformed");
  const tracking = { namespace: "argocd", labelKey: "app.kubernetes.io/instance" };
  const deliveries = [root, shop].map(
    (delivery) => ({ delivery, readIn: "prod", placed: "here", tracking }) as const,
  );
  const locator = new Locator([{ scan, branch: "main", commit: SHOP_COMMIT }], {
    cluster: "prod",
    deliveries,
    unseen: [],
  });
  const workload = {
    kind: "Deployment",
    namespace: "shop",
    name: "api",
    labels: {},
    annotations: ID,
  } as const;
  return locator.locate(workload, { name: "app", role: "main", resources: NO_RESOURCES });
}

function sourcesOf(source: Source): object {
  const one = { repoURL: REPO, path: "chart", targetRevision: "main", ...source };
  return "helm" in source && "second" in source ? { sources: [one, source["second"]] } : { source: one };
}

const helm = (options: object): Source => ({ helm: options });
const verdict = ({ status, ...found }: Location): unknown[] => [
  status,
  "reason" in found ? found.reason?.code : undefined,
];

describe.skipIf(!renderers)("an Application that lives otherwise than its file declares", () => {
  it.each<[string, Source, Source]>([
    [
      "in the words of another tool",
      helm({ values: "cpu: 140m\n" }),
      helm({ valuesObject: { cpu: "140m" } }),
    ],
    [
      "with what is empty left out",
      helm({ values: "cpu: 140m\n", parameters: [], skipCrds: false }),
      helm({ values: "cpu: 140m\n" }),
    ],
    [
      "with an address by another way",
      helm({}),
      { repoURL: "git@github.com:Acme/Shop.git", path: "./chart/" },
    ],
    [
      "with another image, by an image updater",
      helm({ values: "cpu: 140m\n" }),
      helm({ values: "cpu: 140m\n", parameters: [{ name: "image.tag", value: "v2" }] }),
    ],
    ...["app.imageTag", "imageTag", "api.image-version", "web.image", "image.version"].map(
      (name): [string, Source, Source] => [
        `with another ${name}, by an image updater`,
        helm({ values: "cpu: 140m\n" }),
        helm({ values: "cpu: 140m\n", parameters: [{ name, value: "v2" }] }),
      ],
    ),
    [
      "with words for truth values",
      helm({ valuesObject: { cpu: "140m", enabled: "yes", debug: "Off" } }),
      helm({ valuesObject: { cpu: "140m", enabled: true, debug: false } }),
    ],
  ])("is the same %s", async (_what, declared, lives) => {
    expect(verdict(await located(declared, lives))).toEqual(["proven", undefined]);
  });

  it.each<[string, Source, Source, string]>([
    ["a value", helm({ values: "cpu: 140m\n" }), helm({ values: "cpu: 200m" }), "helm.values.cpu"],
    [
      "a parameter over it",
      helm({ values: "cpu: 140m\n" }),
      helm({ values: "cpu: 140m\n", parameters: [{ name: "cpu", value: "9" }] }),
      "helm.parameters.cpu",
    ],
    [
      "a parameter of resources",
      helm({}),
      helm({ parameters: [{ name: "main.resources.limits.cpu", value: "9" }] }),
      "helm.parameters.main.resources.limits.cpu",
    ],
    [
      "a value taken away",
      helm({ valuesObject: { cpu: "140m" } }),
      helm({ valuesObject: { cpu: null } }),
      "helm.values.cpu",
    ],
    ["its values files", helm({ valueFiles: ["prod.yaml"] }), helm({}), "helm.valueFiles"],
    ["its values, which are no YAML", helm({}), helm({ values: "{{" }), "helm.values"],
    [
      "its revision",
      { targetRevision: "main" },
      { targetRevision: "HEAD" },
      "targetRevision (main in the file, nothing in the cluster)",
    ],
    ["a source more", helm({}), { ...helm({}), second: { repoURL: REPO, ref: "values" } }, "sources[1].ref"],
  ])("is refused where it may set resources: %s", async (_what, declared, lives, named) => {
    const found = await located(declared, lives);
    expect(verdict(found)).toEqual(["refused", "other-spec"]);
    expect("reason" in found && found.reason?.message).toContain(named);
    expect(found.live?.links.find(({ held }) => held === "no")?.link).toBe("recipe");
  });

  it.each<[string, Source, Source, string]>([
    ["a value", helm({ values: "logs: info" }), helm({ values: "logs: debug" }), "helm.values.logs"],
    ["an option of Helm", helm({}), helm({ skipTests: true }), "helm.skipTests"],
    ["a switch", helm({}), helm({ valuesObject: { debug: false } }), "helm.values.debug"],
    [
      "a switch the other way",
      helm({ valuesObject: { debug: "on" } }),
      helm({ valuesObject: { debug: false } }),
      "helm.values.debug",
    ],
    [
      "what only sounds like an image",
      helm({}),
      helm({ valuesObject: { imagePullPolicy: "Always" } }),
      "helm.values.imagePullPolicy",
    ],
  ])("is only probable elsewhere: %s", async (_what, declared, lives, named) => {
    const found = await located(declared, lives);
    expect(verdict(found)).toEqual(["probable", "other-spec"]);
    expect(found.live?.links.find(({ held }) => held === "unknown")?.link).toBe("recipe");
    expect("reason" in found && found.reason?.message).toBe(
      `Application/argocd/shop lives with other sources than argo/shop.yaml declares: ${named}; sync it, or write into the file what the cluster has`,
    );
  });

  it("shows no value that a tool was given", async () => {
    const secret = helm({ parameters: [{ name: "database.password", value: "hunter2" }] });
    const found = await located(helm({}), secret);
    expect("reason" in found && found.reason?.message).toContain("helm.parameters.database.password");
    expect(JSON.stringify("reason" in found && found.reason)).not.toContain("hunter2");
  });

  it("says of another folder what differs", async () => {
    const found = await located(helm({}), { path: "apps" });
    expect(verdict(found)).toEqual(["refused", "other-sources"]);
    expect("reason" in found && found.reason?.message).toContain(
      "path (chart in the file, apps in the cluster)",
    );
  });
});

describe.skipIf(!renderers)("what the app of apps does with a merge of inline values", () => {
  const INLINE = helm({ values: "cpu: 140m\n" });
  const kept = (by: object, ...syncOptions: string[]) => ({
    ignoreDifferences: [{ group: "argoproj.io", kind: "Application", ...by }],
    syncPolicy: { automated: {}, syncOptions },
  });
  const RESPECT = "RespectIgnoreDifferences=true";

  it.each<[string, object, string, boolean]>([
    ["keeps what lives", kept({ jsonPointers: ["/spec/source/helm"] }, RESPECT), "kept-by-sync", true],
    [
      "keeps it by an expression",
      kept({ jqPathExpressions: [".spec.source.helm.values"] }, RESPECT),
      "kept-by-sync",
      true,
    ],
    ["does not notice it", kept({ jsonPointers: ["/spec/source"] }), "not-noticed", false],
    ["waits for a person", { syncPolicy: {} }, "manual-sync", false],
  ])("%s", async (_what, parent, code, pointless) => {
    expect((await located(INLINE, INLINE, parent)).live?.effects).toMatchObject([{ code, pointless }]);
  });

  it.each<[string, Source, object]>([
    ["of parameters for images", INLINE, kept({ jsonPointers: ["/spec/source/helm/parameters/0"] }, RESPECT)],
    [
      "of values in a file",
      helm({ valueFiles: ["prod.yaml"] }),
      kept({ jsonPointers: ["/spec/source/helm"] }, RESPECT),
    ],
  ])("is nothing where it ignores differences %s", async (_what, source, parent) => {
    expect((await located(source, source, parent)).live?.effects).toEqual([]);
  });
});
