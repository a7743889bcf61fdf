import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { NO_RESOURCES, type Resources } from "../../../src/domain/resources.ts";
import { type Location, Locator } from "../../../src/gitops/locate.ts";
import type { PlacedDelivery } from "../../../src/gitops/live/delivery-index.ts";
import { readApplication } from "../../../src/inventory/deliveries/application.ts";
import {
  type GitRepositories,
  readGitRepository,
  readHelmRelease,
  readKustomization,
} from "../../../src/inventory/deliveries/flux.ts";
import {
  applicationObject,
  gitRepositoryObject,
  helmReleaseObject,
  kustomizationObject,
  SHOP_COMMIT,
} from "../../support/delivery-objects.ts";
import { deployment } from "../files.ts";
import { scanFiles } from "../scan-files.ts";

type Change = Parameters<typeof applicationObject>[1];

const TRACKING_ID = "argocd.argoproj.io/tracking-id";
const OWN = { [TRACKING_ID]: "shop:apps/Deployment:shop/api" };
const FILES = { "apps/shop/api.yaml": deployment("api", "- name: app", "shop") };
/** The same manifest where nobody reads it. */
const COPY = { "old/api.yaml": deployment("api", "- name: app", "shop") };

function app(name = "shop", change: NonNullable<Change> = {}): Delivery {
  const status = { sourceType: "Directory", ...change.status };
  const read = readApplication(applicationObject(name, { ...change, status }));
  if (!read) throw new Error(name);
  return read;
}

function here(delivery: Delivery): PlacedDelivery {
  return {
    delivery,
    readIn: "prod",
    placed: "here",
    tracking: { namespace: "argocd", labelKey: "app.kubernetes.io/instance" },
  };
}

interface Case {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deliveries?: readonly PlacedDelivery[];
  readonly files?: Readonly<Record<string, string>>;
  readonly unseen?: readonly Delivery["kind"][];
  readonly branch?: string;
  /** Of the repository that was scanned; any without. */
  readonly own?: string;
  readonly name?: string;
  readonly live?: Resources;
}

async function locate({ annotations = {}, labels = {}, ...given }: Case): Promise<Location> {
  const { name = "api", live = NO_RESOURCES } = given;
  const {
    deliveries = [here(app())],
    files = { ...FILES, ...COPY },
    unseen = [],
    branch = "main",
    own,
  } = given;
  const scan = await scanFiles(files);
  const isOwn = (address: string): boolean => own === undefined || address.includes(own);
  const repository = { scan: { ...scan, options: { ...scan.options, isOwn } }, branch, commit: SHOP_COMMIT };
  const workload = { kind: "Deployment", namespace: "shop", name, labels, annotations } as const;
  const container = { name: "app", role: "main", resources: live } as const;
  return new Locator([repository], { cluster: "prod", deliveries, unseen }).locate(workload, container);
}

/** The first link that did not hold. */
function brokenLink({ live }: Location): string | undefined {
  return live?.links.find(({ held }) => held === "no")?.link;
}

const file = (found: Location): string | undefined =>
  "at" in found
    ? Object.values(found.at.fields).flatMap((field) => ("place" in field ? field.place.file : []))[0]
    : undefined;

describe("a workload of an Application", () => {
  it("is the one that the Application's folder declares, whatever copies there are", async () => {
    const found = await locate({ annotations: OWN });
    expect(found).toMatchObject({ status: "proven", live: { delivery: { name: "shop" } } });
    expect(file(found)).toBe("apps/shop/api.yaml");
    expect(found.live?.links.map(({ link, held }) => [link, held])).toEqual([
      ["object", "yes"],
      ["mark", "yes"],
      ["delivery", "yes"],
      ["destination", "yes"],
      ["repository", "yes"],
      ["revision", "yes"],
      ["recipe", "yes"],
      ["line", "yes"],
    ]);
  });

  it("is found by the label where the Argo CD marks so, and the Application lists it", async () => {
    const found = await locate({ labels: { "app.kubernetes.io/instance": "shop" } });
    expect([found.status, file(found)]).toEqual(["proven", "apps/shop/api.yaml"]);
  });

  it("belongs to an Application in a namespace of its own by the annotation's longer name", async () => {
    const own = app("shop", { metadata: { namespace: "team-a" } });
    const annotations = { [TRACKING_ID]: "team-a_shop:apps/Deployment:shop/api" };
    expect((await locate({ annotations, deliveries: [here(own)] })).status).toBe("proven");
  });

  it("is that of the source with its manifests, where values come from another", async () => {
    const sources = [
      { repoURL: "https://github.com/acme/values", ref: "values" },
      { repoURL: "git@github.com:Acme/Shop.git", path: "apps/shop", targetRevision: "HEAD" },
    ];
    const found = await locate({
      annotations: OWN,
      deliveries: [here(app("shop", { spec: { sources } }))],
      own: "Acme/Shop",
    });
    expect([found.status, file(found)]).toEqual(["proven", "apps/shop/api.yaml"]);
  });

  it("of a hydrated one is in the dry source", async () => {
    const drySource = { repoURL: "https://github.com/acme/shop", path: "apps/shop", targetRevision: "main" };
    const spec = {
      source: undefined,
      sourceHydrator: { drySource, syncSource: { targetBranch: "env/prod", path: "shop" } },
    };
    const found = await locate({ annotations: OWN, deliveries: [here(app("shop", { spec }))] });
    expect([found.status, file(found)]).toEqual(["proven", "apps/shop/api.yaml"]);
  });

  it("counts as in the Application's namespace where the manifest names none", async () => {
    const found = await locate({ annotations: OWN, files: { "apps/shop/api.yaml": deployment("api") } });
    expect(found.status).toBe("proven");
  });

  it("says who made the Application: its ApplicationSet, and the app of apps", async () => {
    const id = {
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "Application",
      namespace: "argocd",
      name: "shop",
      status: "Synced",
    };
    const root = app("root", {
      spec: { source: { repoURL: "https://github.com/acme/shop", path: "argo" } },
      status: { resources: [id] },
    });
    const metadata = {
      annotations: { [TRACKING_ID]: "root:argoproj.io/Application:argocd/shop" },
      ownerReferences: [
        { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", name: "shops", controller: true },
      ],
    };
    const found = await locate({
      annotations: OWN,
      deliveries: [here(root), here(app("shop", { metadata }))],
    });
    expect(found.status).toBe("proven");
    expect(found.live?.links.filter(({ link }) => link === "made-by").map(({ checked }) => checked)).toEqual([
      "Application/argocd/root delivers Application/argocd/shop",
      "ApplicationSet shops makes it from its template",
    ]);
  });

  it("is taken from the file that declares the Application, and of two files the one that is delivered", async () => {
    const declared = (folder: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  destination: {namespace: shop, server: https://kubernetes.default.svc}
  source: {repoURL: https://github.com/acme/shop, path: ${folder}, targetRevision: main}
`;
    const files = {
      ...FILES,
      ...COPY,
      "argo/prod/shop.yaml": declared("apps/shop"),
      "argo/dev/shop.yaml": declared("apps/shop"),
    };
    const id = {
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "Application",
      namespace: "argocd",
      name: "shop",
      status: "Synced",
    };
    const root = app("root", {
      spec: { source: { repoURL: "https://github.com/acme/shop", path: "argo/prod" } },
      status: { resources: [id] },
    });
    const metadata = { annotations: { [TRACKING_ID]: "root:argoproj.io/Application:argocd/shop" } };
    const found = await locate({
      annotations: OWN,
      files,
      deliveries: [here(root), here(app("shop", { metadata }))],
    });
    expect(found).toMatchObject({ status: "proven", at: { recipe: { path: "argo/prod/shop.yaml" } } });
    // Without the app of apps it is not known which of the two files it is.
    expect(await locate({ annotations: OWN, files })).toMatchObject({ status: "ambiguous" });
  });
});

describe("every link of the chain, broken once", () => {
  it.each<[string, Case, string, string, string | undefined]>([
    [
      "a forged annotation",
      { annotations: OWN, deliveries: [here(app("shop", { status: { resources: [] } }))] },
      "refused",
      "forged-mark",
      "delivery",
    ],
    [
      "a copied manifest",
      {
        annotations: { [TRACKING_ID]: "shop:apps/Deployment:shop/web" },
        deliveries: [here(app("shop", { status: { resources: [] } }))],
      },
      "refused",
      "copied-mark",
      "mark",
    ],
    [
      "a renamed Application",
      { annotations: { [TRACKING_ID]: "before:apps/Deployment:shop/api" } },
      "refused",
      "renamed",
      "mark",
    ],
    [
      "an Application that is gone",
      {
        annotations: { [TRACKING_ID]: "before:apps/Deployment:shop/api" },
        deliveries: [here(app("other", { status: { resources: [] } }))],
      },
      "refused",
      "no-such-delivery",
      "delivery",
    ],
    [
      "one of the same name for another cluster",
      {
        annotations: OWN,
        deliveries: [
          {
            ...here(app("shop", { spec: { destination: { server: "https://dev.example" } } })),
            placed: "elsewhere",
          },
        ],
      },
      "refused",
      "other-cluster",
      "destination",
    ],
    [
      "two Applications on one object",
      { annotations: OWN, deliveries: [here(app()), here(app("shop-too"))] },
      "refused",
      "several-owners",
      "delivery",
    ],
    [
      "marks of one Application on what another lists",
      { annotations: OWN, deliveries: [here(app("shop", { status: { resources: [] } })), here(app("web"))] },
      "refused",
      "owners-contradict",
      "mark",
    ],
    [
      "the id of another Argo CD",
      {
        annotations: { ...OWN, "argocd.argoproj.io/installation-id": "b" },
        deliveries: [
          { ...here(app()), tracking: { namespace: "argocd", labelKey: "x", installationId: "a" } },
        ],
      },
      "refused",
      "other-installation",
      "mark",
    ],
    [
      "what the sources no longer make",
      {
        annotations: OWN,
        deliveries: [
          here(
            app("shop", {
              status: {
                resources: [
                  {
                    group: "apps",
                    kind: "Deployment",
                    namespace: "shop",
                    name: "api",
                    requiresPruning: true,
                  },
                ],
              },
            }),
          ),
        ],
      },
      "refused",
      "orphaned",
      "recipe",
    ],
    [
      "a repository where the App is not installed",
      { annotations: OWN, own: "acme/other" },
      "unmapped",
      "repository-not-read",
      "repository",
    ],
    [
      "a tag",
      {
        annotations: OWN,
        deliveries: [
          here(
            app("shop", {
              spec: {
                source: {
                  repoURL: "https://github.com/acme/shop",
                  path: "apps/shop",
                  targetRevision: "v1.0.0",
                },
              },
            }),
          ),
        ],
      },
      "refused",
      "pinned-revision",
      "revision",
    ],
    ["another branch", { annotations: OWN, branch: "develop" }, "refused", "other-branch", "revision"],
    ["a folder that is gone", { annotations: OWN, files: COPY }, "refused", "no-recipe", "recipe"],
    [
      "a chart without its values here",
      {
        annotations: OWN,
        deliveries: [
          here(
            app("shop", {
              spec: { source: { repoURL: "https://charts.example", chart: "shop", targetRevision: "1.0.0" } },
            }),
          ),
        ],
      },
      "refused",
      "no-recipe",
      "recipe",
    ],
  ])("%s", async (_what, given, status, code, link) => {
    const found = await locate(given);
    expect(found).toMatchObject({ status, reason: { code } });
    expect(brokenLink(found)).toBe(link);
  });

  it.each<[string, object, Readonly<Record<string, string>>, string, string]>([
    ["a plugin", { plugin: { name: "cue" } }, FILES, "refused", "plugin"],
    [
      "a file beside the manifests that Argo CD alone reads",
      {},
      { ...FILES, "apps/shop/.argocd-source.yaml": "kustomize: {}\n" },
      "probable",
      "undeclared",
    ],
    [
      "a folder below, which is not taken",
      {},
      {
        "apps/shop/web.yaml": deployment("web"),
        "apps/shop/old/api.yaml": deployment("api", "- name: app", "shop"),
      },
      "refused",
      "not-from-there",
    ],
  ])("%s", async (_what, more, files, status, code) => {
    const source = {
      repoURL: "https://github.com/acme/shop",
      path: "apps/shop",
      targetRevision: "main",
      ...more,
    };
    const deliveries = [here(app("shop", { spec: { source }, status: { sourceType: undefined } }))];
    expect(await locate({ annotations: OWN, deliveries, files })).toMatchObject({ status, reason: { code } });
  });

  it("an app of apps that follows a tag, where the numbers are in the Application that it brings", async () => {
    const inline = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  destination: {namespace: shop, server: https://kubernetes.default.svc}
  source:
    repoURL: https://charts.example
    chart: shop
    targetRevision: 1.0.0
    helm: {valuesObject: {resources: {requests: {cpu: 100m}}}}
`;
    const id = {
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "Application",
      namespace: "argocd",
      name: "shop",
    };
    const root = (targetRevision: string): PlacedDelivery =>
      here(
        app("root", {
          spec: { source: { repoURL: "https://github.com/acme/shop", path: "argo", targetRevision } },
          status: { resources: [id] },
        }),
      );
    const metadata = { annotations: { [TRACKING_ID]: "root:argoproj.io/Application:argocd/shop" } };
    const helm = { valuesObject: { resources: { requests: { cpu: "100m" } } } };
    const source = { repoURL: "https://charts.example", chart: "shop", targetRevision: "1.0.0", helm };
    const shop = here(app("shop", { metadata, spec: { source } }));
    const live = { requests: { cpu: "100m" }, limits: {} };
    const files = { "argo/shop.yaml": inline };
    const name = "shop-api";
    const at = async (revision: string): Promise<Location> =>
      await locate({
        name,
        live,
        files,
        annotations: { [TRACKING_ID]: "shop:apps/Deployment:shop/shop-api" },
        deliveries: [
          root(revision),
          {
            ...shop,
            delivery: {
              ...shop.delivery,
              objects: [{ group: "apps", kind: "Deployment", namespace: "shop", name }],
            },
          },
        ],
      });
    expect(await at("main")).toMatchObject({ status: "probable", reason: { code: "remote-chart" } });
    expect(await at("v1.0.0")).toMatchObject({ status: "refused", reason: { code: "pinned-revision" } });
  });

  it("a manifest that the Application's folder does not have, though another folder does", async () => {
    const files = { "apps/shop/web.yaml": deployment("web", "- name: app", "shop"), ...COPY };
    expect(await locate({ annotations: OWN, files })).toMatchObject({
      status: "refused",
      reason: {
        code: "not-from-there",
        message: expect.stringContaining("declared elsewhere: old/api.yaml:"),
      },
    });
  });
});

describe("what can't be checked is at most probable", () => {
  const only = { files: FILES };
  it.each<[string, Case, string]>([
    [
      "Applications may not be listed",
      { ...only, annotations: OWN, deliveries: [], unseen: ["Application"] },
      "deliveries-unseen",
    ],
    ["the Argo CD runs elsewhere", { ...only, annotations: OWN, deliveries: [] }, "tool-elsewhere"],
    [
      "it is not known for which cluster the Application is",
      { ...only, annotations: OWN, deliveries: [{ ...here(app()), placed: "unknown" }] },
      "destination-unknown",
    ],
    ["the object is listed, but not marked", only, "unmarked"],
    [
      "the Application sets parameters, and is declared nowhere",
      {
        ...only,
        annotations: OWN,
        deliveries: [
          here(
            app("shop", {
              spec: {
                source: {
                  repoURL: "https://github.com/acme/shop",
                  path: "apps/shop",
                  kustomize: { patches: [{}] },
                },
              },
            }),
          ),
        ],
      },
      "undeclared",
    ],
    [
      "an Application is declared for it, and none keeps it here",
      {
        deliveries: [],
        files: {
          ...FILES,
          "argo/shop.yaml":
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec: {destination: {namespace: shop}, source: {repoURL: https://x/y, path: apps/shop}}\n",
        },
      },
      "not-delivered",
    ],
  ])("%s", async (_what, given, code) => {
    expect(await locate(given)).toMatchObject({
      status: "probable",
      reason: { code },
      at: { workload: "api" },
    });
  });

  it("what no tool speaks of is located as ever", async () => {
    const elsewhere = [{ ...here(app()), placed: "elsewhere" as const }];
    expect(await locate({ deliveries: elsewhere, files: FILES })).toMatchObject({ status: "proven" });
    expect(await locate({ deliveries: [], files: FILES })).toMatchObject({ status: "proven" });
    expect(await locate({ deliveries: [] })).toMatchObject({ status: "ambiguous" });
    const helm = { "app.kubernetes.io/instance": "shop" };
    expect(await locate({ deliveries: [], files: FILES, labels: helm })).toMatchObject({ status: "proven" });
  });
});

describe("a workload of Flux", () => {
  const repository = readGitRepository(gitRepositoryObject());
  const repositories: GitRepositories = new Map(repository ? [[repository.key, repository]] : []);
  const kustomization = (change: Change = {}): PlacedDelivery => {
    const read = readKustomization(kustomizationObject("shop", change), repositories);
    if (!read) throw new Error("malformed");
    return { delivery: read, readIn: "prod", placed: "here" };
  };
  const release = (change: Change = {}): PlacedDelivery => {
    const read = readHelmRelease(helmReleaseObject("api", change), repositories);
    if (!read) throw new Error("malformed");
    return { delivery: read, readIn: "prod", placed: "here" };
  };
  const labels = {
    "kustomize.toolkit.fluxcd.io/name": "shop",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  };

  it("is the one in the folder of the Kustomization whose inventory has it", async () => {
    const found = await locate({ labels, deliveries: [kustomization()] });
    expect([found.status, file(found)]).toEqual(["proven", "apps/shop/api.yaml"]);
  });

  it("is refused where the inventory does not have it, or the Kustomization is not there", async () => {
    const empty = kustomization({ status: { inventory: { entries: [] } } });
    expect(await locate({ labels, deliveries: [empty] })).toMatchObject({ reason: { code: "forged-mark" } });
    const other = { ...labels, "kustomize.toolkit.fluxcd.io/name": "before" };
    expect(await locate({ labels: other, deliveries: [empty] })).toMatchObject({
      reason: { code: "no-such-delivery" },
    });
  });

  it("of a HelmRelease without an inventory is confirmed by Helm's own marks", async () => {
    const own = { "helm.toolkit.fluxcd.io/name": "api", "helm.toolkit.fluxcd.io/namespace": "shop" };
    const annotations = { "meta.helm.sh/release-name": "api", "meta.helm.sh/release-namespace": "shop" };
    const deliveries = [release()];
    const files = {};
    const confirmed = await locate({ labels: own, annotations, deliveries, files });
    expect(confirmed.live).toMatchObject({ delivery: { kind: "HelmRelease", name: "api" } });
    expect(confirmed).toMatchObject({ status: "refused", reason: { code: "no-recipe" } });
    const forged = await locate({ labels: own, deliveries, files });
    expect(forged.live?.links.find(({ held }) => held === "unknown")).toMatchObject({ link: "delivery" });
  });
});
