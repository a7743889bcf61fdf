import { describe, expect, test } from "vitest";
import {
  applicationObject,
  argoConfigMap,
  gitRepositoryObject,
  helmReleaseObject,
  kustomizationObject,
  projectObject,
  SHOP_COMMIT,
} from "../../support/delivery-objects.ts";
import { testCluster } from "../test-cluster.ts";

const cluster = testCluster();
const APPLICATIONS = "argoproj.io/v1alpha1/applications";
const PROJECTS = "argoproj.io/v1alpha1/appprojects";
const CONFIG_MAPS = "/v1/configmaps";
const KUSTOMIZATIONS = "kustomize.toolkit.fluxcd.io/v1/kustomizations";
const RELEASES = "helm.toolkit.fluxcd.io/v2/helmreleases";
const REPOSITORIES = "source.toolkit.fluxcd.io/v1/gitrepositories";

async function only(): Promise<Awaited<ReturnType<typeof cluster.deliveries>>["deliveries"][number]> {
  const { deliveries } = await cluster.deliveries();
  const [first] = deliveries;
  if (first === undefined || deliveries.length > 1) throw new Error(`${deliveries.length} deliveries`);
  return first;
}

describe("what Argo CD says", () => {
  test("an Application comes with its source, what it made, and how it is", async () => {
    cluster.api.add(APPLICATIONS, applicationObject("shop"));
    const delivery = await only();
    expect(delivery).toMatchObject({
      tool: "Argo CD",
      kind: "Application",
      namespace: "argocd",
      name: "shop",
      destination: { here: true, namespace: "shop" },
      sync: "Synced",
      health: "Healthy",
      automated: true,
      selfHeal: true,
      prune: true,
      deniedBy: [],
      ignoresResources: [],
      ignoresInline: [],
      respectsIgnored: false,
      operation: {
        phase: "Succeeded",
        revisions: [SHOP_COMMIT],
        finishedAtMs: Date.parse("2026-11-20T10:00:30Z"),
      },
    });
    expect(delivery.sources).toEqual([
      {
        type: "git",
        address: "https://github.com/acme/shop.git",
        repository: "github.com/acme/shop",
        path: "apps/shop",
        targetRevision: "main",
        renderer: "Kustomize",
        overrides: [],
        valueFiles: [],
        revision: SHOP_COMMIT,
        deployedRevision: SHOP_COMMIT,
        written: {
          repoURL: "https://github.com/acme/shop.git",
          path: "apps/shop",
          targetRevision: "main",
        },
      },
    ]);
    expect(delivery.objects).toContainEqual({
      group: "apps",
      kind: "Deployment",
      namespace: "shop",
      name: "api",
      sync: "Synced",
    });
  });

  test("of several sources each has its own revision, and the list hides a single source", async () => {
    const sources = [
      { repoURL: "https://charts.example.org", chart: "podinfo", targetRevision: "6.5.4" },
      { repoURL: "git@github.com:Acme/Values.git", ref: "values", targetRevision: "HEAD" },
    ];
    const sync = { status: "Synced", revisions: ["6.5.4", SHOP_COMMIT] };
    const status = {
      sync,
      history: [{ revisions: ["6.5.3", SHOP_COMMIT] }],
      sourceTypes: ["Helm", "Directory"],
    };
    cluster.api.add(APPLICATIONS, applicationObject("shop", { spec: { sources }, status }));
    expect((await only()).sources).toMatchObject([
      { type: "helm", chart: "podinfo", pinned: "version", revision: "6.5.4", deployedRevision: "6.5.3" },
      { type: "git", repository: "github.com/acme/values", ref: "values", path: "", revision: SHOP_COMMIT },
    ]);
  });

  test("of a hydrated one the dry source is what people edit, at the dry commit that was hydrated", async () => {
    const dry = "b".repeat(40);
    const sourceHydrator = {
      drySource: { repoURL: "https://github.com/acme/shop", path: "env/prod", targetRevision: "main" },
      syncSource: { targetBranch: "env/prod", path: "shop" },
    };
    const lastSuccessfulOperation = { drySHA: dry, hydratedSHA: SHOP_COMMIT };
    const status = { sourceHydrator: { lastSuccessfulOperation } };
    cluster.api.add(
      APPLICATIONS,
      applicationObject("shop", { spec: { source: undefined, sourceHydrator }, status }),
    );
    expect(await only()).toMatchObject({
      sources: [{ path: "env/prod", targetRevision: "main", revision: dry, deployedRevision: dry }],
      hydrated: { branch: "env/prod", path: "shop", revision: SHOP_COMMIT },
    });
  });

  test.each([
    ["v1.2.3", "tag"],
    ["refs/tags/stable", "tag"],
    [SHOP_COMMIT, "commit"],
    ["main", undefined],
    ["release-1.2", undefined],
  ])("of the revision %s it is known whether a merge arrives", async (targetRevision, pinned) => {
    const source = { repoURL: "https://github.com/acme/shop", path: ".", targetRevision };
    cluster.api.add(APPLICATIONS, applicationObject("shop", { spec: { source } }));
    expect((await only()).sources[0]).toMatchObject({ path: "", targetRevision, pinned });
  });

  test("why nothing is synced: manual, suspended by `enabled: false`, a failed operation, an error", async () => {
    const failed = {
      phase: "Failed",
      message: "one or more objects failed to apply",
      startedAt: "2026-11-20T10:00:00Z",
    };
    const conditions = [
      { type: "ComparisonError", message: "no such path\u001B[31m at https://bot:secret@git.example/x" },
    ];
    cluster.api.add(
      APPLICATIONS,
      applicationObject("manual", { spec: { syncPolicy: null } }),
      applicationObject("off", { spec: { syncPolicy: { automated: { enabled: false, selfHeal: true } } } }),
      applicationObject("failed", { status: { operationState: failed, sync: { status: "OutOfSync" } } }),
      applicationObject("broken", { status: { conditions } }),
    );
    const { deliveries } = await cluster.deliveries();
    expect(deliveries.map(({ automated, selfHeal }) => [automated, selfHeal])).toEqual([
      [false, false],
      [false, false],
      [true, true],
      [true, true],
    ]);
    expect(deliveries[2]).toMatchObject({
      sync: "OutOfSync",
      message: "one or more objects failed to apply",
    });
    expect(deliveries[3]?.message).toBe("no such path [31m at https://git.example/x");
  });

  test("sync windows deny while they are active, by name, namespace or cluster, in their time zone", async () => {
    const window = (change: object) => ({ kind: "deny", schedule: "0 12 * * *", duration: "2h", ...change });
    cluster.api.add(
      PROJECTS,
      projectObject("default", window({ applications: ["sh*"], timeZone: "Europe/Berlin" })),
      projectObject("open", { kind: "allow", schedule: "0 3 * * *", duration: "1h30m", clusters: ["*"] }),
      projectObject("both", window({ applications: ["x"], namespaces: ["shop"], andOperator: true })),
    );
    const inProject = (name: string, project: string) => applicationObject(name, { spec: { project } });
    cluster.api.add(
      APPLICATIONS,
      applicationObject("shop"),
      inProject("night", "open"),
      inProject("free", "both"),
    );
    const denied = async (at: string) =>
      (await cluster.deliveries({ at })).deliveries.map(({ deniedBy }) => deniedBy.map(({ kind }) => kind));
    // 11:30 UTC is 12:30 in Berlin, in winter.
    expect(await denied("2026-11-20T11:30:00Z")).toEqual([["deny"], ["allow"], []]);
    expect(await denied("2026-11-20T04:15:00Z")).toEqual([[], [], []]);
  });

  test("what it ignores of resources is known, of one Application and of all", async () => {
    const ignoreDifferences = [
      { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] },
      {
        group: "apps",
        kind: "Deployment",
        name: "api",
        jsonPointers: ["/spec/template/spec/containers/0/resources"],
      },
      {
        kind: "*",
        group: "*",
        jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "app").resources.limits'],
      },
      { kind: "Deployment", group: "apps", jqPathExpressions: [".spec.template.spec.containers[].image"] },
      { kind: "Deployment", group: "apps", managedFieldsManagers: ["vpa-updater"] },
    ];
    const syncPolicy = { syncOptions: ["CreateNamespace=true", "RespectIgnoreDifferences=true"] };
    cluster.api.add(APPLICATIONS, applicationObject("shop", { spec: { ignoreDifferences, syncPolicy } }));
    const everywhere = "jqPathExpressions:\n- .spec.template.spec.initContainers[].resources\n";
    cluster.api.add(
      CONFIG_MAPS,
      argoConfigMap({
        "resource.customizations.ignoreDifferences.apps_StatefulSet": everywhere,
        oidc: "- no: map",
      }),
    );
    const { ignoresResources, respectsIgnored } = await only();
    expect(respectsIgnored).toBe(true);
    expect(ignoresResources.map(({ kind, name, by }) => [kind, name, by])).toEqual([
      ["Deployment", "api", "/spec/template/spec/containers/0/resources"],
      [undefined, undefined, expect.stringContaining("limits")],
      ["Deployment", undefined, "fields of vpa-updater"],
      ["StatefulSet", undefined, ".spec.template.spec.initContainers[].resources"],
    ]);
  });

  test("how it marks its objects is read of the Argo CD that keeps them", async () => {
    cluster.api.add(APPLICATIONS, applicationObject("shop"));
    expect((await cluster.deliveries()).tracking).toEqual([
      { namespace: "argocd", labelKey: "app.kubernetes.io/instance" },
    ]);
    const data = {
      "application.instanceLabelKey": "argocd.example/app",
      "application.resourceTrackingMethod": "annotation+label",
      installationID: "prod",
    };
    cluster.api.add(CONFIG_MAPS, argoConfigMap(data));
    expect((await cluster.deliveries()).tracking).toEqual([
      {
        namespace: "argocd",
        labelKey: "argocd.example/app",
        method: "annotation+label",
        installationId: "prod",
      },
    ]);
  });
});

describe("what Flux says", () => {
  test("a Kustomization comes with its repository, folder, revision and inventory", async () => {
    cluster.api.add(REPOSITORIES, gitRepositoryObject());
    cluster.api.add(KUSTOMIZATIONS, kustomizationObject("shop"));
    expect(await only()).toMatchObject({
      tool: "Flux",
      kind: "Kustomization",
      sources: [
        {
          type: "git",
          repository: "github.com/acme/fleet",
          path: "apps/shop",
          targetRevision: "main",
          revision: SHOP_COMMIT,
          deployedRevision: SHOP_COMMIT,
        },
      ],
      objects: [
        { group: "apps", kind: "Deployment", namespace: "shop", name: "api" },
        { group: "rbac.authorization.k8s.io", kind: "ClusterRole", namespace: "", name: "system:api" },
        { group: "", kind: "Service", namespace: "shop", name: "api" },
      ],
      sync: "Synced",
      health: "Healthy",
      automated: true,
    });
  });

  test("it is out of sync where its repository has a newer commit, unknown while it works on a change", async () => {
    cluster.api.add(REPOSITORIES, gitRepositoryObject({}, `main@sha1:${"9".repeat(40)}`));
    cluster.api.add(
      KUSTOMIZATIONS,
      kustomizationObject("behind"),
      kustomizationObject("changed", { metadata: { generation: 9 } }),
      kustomizationObject("suspended", { spec: { suspend: true } }),
      kustomizationObject("broken", {
        status: { conditions: [{ type: "Ready", status: "False", message: "kustomize build failed" }] },
      }),
    );
    const { deliveries } = await cluster.deliveries();
    expect(deliveries.map(({ sync, health, automated }) => [sync, health, automated])).toEqual([
      ["OutOfSync", "Healthy", true],
      ["Unknown", "Healthy", true],
      ["OutOfSync", "Suspended", false],
      ["OutOfSync", "Degraded", true],
    ]);
    expect(deliveries[3]?.message).toBe("kustomize build failed");
  });

  test("a HelmRelease has the version of its chart, or its folder of a repository", async () => {
    cluster.api.add(REPOSITORIES, gitRepositoryObject({ ref: { tag: "v3" } }));
    const chart = {
      spec: {
        chart: "./charts/api",
        sourceRef: { kind: "GitRepository", name: "fleet", namespace: "flux-system" },
      },
    };
    const driftDetection = { mode: "enabled" };
    cluster.api.add(
      RELEASES,
      helmReleaseObject("podinfo"),
      helmReleaseObject("api", { spec: { chart, driftDetection, targetNamespace: "other" } }),
    );
    const { deliveries } = await cluster.deliveries();
    expect(deliveries).toMatchObject([
      {
        sources: [{ type: "helm", chart: "podinfo", revision: "6.5.4" }],
        selfHeal: false,
        destination: { namespace: "shop" },
      },
      {
        sources: [{ type: "git", repository: "github.com/acme/fleet", path: "charts/api", pinned: "tag" }],
        selfHeal: true,
        destination: { namespace: "other" },
      },
    ]);
  });

  test("older versions of its objects are read where newer ones are not served", async () => {
    cluster.api.add("kustomize.toolkit.fluxcd.io/v1beta2/kustomizations", kustomizationObject("shop"));
    cluster.api.add("helm.toolkit.fluxcd.io/v2beta1/helmreleases", helmReleaseObject("podinfo"));
    expect((await cluster.deliveries()).deliveries.map(({ name }) => name)).toEqual(["shop", "podinfo"]);
  });
});

describe("what is not there, may not be read, or is no honest object", () => {
  test("without the tools nothing is said and nothing is warned of", async () => {
    expect(await cluster.deliveries()).toMatchObject({
      deliveries: [],
      tracking: [],
      unseen: [],
      warnings: [],
    });
  });

  test("a rule that is missing is named, with what it costs", async () => {
    cluster.api.add(APPLICATIONS, applicationObject("shop"));
    cluster.api.add("argoproj.io/v1alpha1/appprojects");
    cluster.api.add("kustomize.toolkit.fluxcd.io/v1/kustomizations");
    cluster.api.allows = ({ resource }) =>
      !["kustomizations", "configmaps", "appprojects"].includes(resource);
    const { deliveries, unseen, warnings } = await cluster.deliveries();
    expect(deliveries).toHaveLength(1);
    expect(unseen).toEqual(["Kustomization"]);
    expect(warnings).toEqual([
      expect.stringMatching(/"get" on resource "configmaps" .* in namespace "argocd".*defaults/),
      expect.stringMatching(/"list" on resource "appprojects".*sync windows/),
      expect.stringMatching(/"list" on resource "kustomizations".*at most probable/),
    ]);
  });

  test("where only namespaces may be read, these and the tools' own are looked at", async () => {
    cluster.api.add(
      APPLICATIONS,
      applicationObject("shop"),
      applicationObject("own", { metadata: { namespace: "shop" } }),
    );
    cluster.api.allows = ({ resource, namespace }) =>
      ["argocd", "flux-system"].includes(namespace ?? "") ||
      (namespace === "shop" && resource !== "applications");
    const { deliveries, unseen, warnings } = await cluster.deliveries({ namespaces: ["shop"] });
    expect(deliveries.map(({ name }) => name)).toEqual(["shop"]);
    expect(unseen).toEqual(["Application"]);
    expect(warnings.filter((text) => text.includes("applications"))).toEqual([
      expect.stringContaining('in namespace "shop"'),
    ]);
  });

  test("hundreds are read page by page", async () => {
    cluster.api.add(
      APPLICATIONS,
      ...Array.from({ length: 25 }, (_, index) => applicationObject(`shop-${index}`)),
    );
    const { deliveries } = await cluster.deliveries({ limits: { pageSize: 10 } });
    expect(deliveries).toHaveLength(25);
    expect(cluster.api.requests.filter(({ resource }) => resource === "applications")).toHaveLength(3);
  });

  test.each([
    ["no namespace", { metadata: { name: "x" } }],
    ["a name that is a path", { metadata: { name: "../x", namespace: "argocd" } }],
    ["no name", { metadata: { name: "", namespace: "argocd" }, spec: 7 }],
  ])("an object with %s is left out", async (_what, change) => {
    cluster.api.add(APPLICATIONS, { ...applicationObject("shop"), ...change });
    expect((await cluster.deliveries()).deliveries).toEqual([]);
  });

  test("parts of a wrong shape are as if they were not there", async () => {
    const spec = { source: { repoURL: 5 }, destination: "x", syncPolicy: [], ignoreDifferences: { a: 1 } };
    const status = {
      resources: [{ kind: "Deployment", name: "" }, null, { kind: "<b>", name: "x" }],
      sync: [],
      operationState: { phase: "?" },
    };
    cluster.api.add(APPLICATIONS, applicationObject("shop", { spec, status }));
    expect(await only()).toMatchObject({
      sources: [],
      objects: [],
      sync: "Unknown",
      automated: false,
      destination: { here: false },
    });
  });
});
