import type { KubernetesObject } from "./kubernetes-api.ts";

/** Objects of Argo CD and Flux in the shapes that their controllers leave in a cluster. */

export const SHOP_COMMIT = "4f2e1ab3c4d5e6f708192a3b4c5d6e7f80912a3b";

/** An Application, synced and healthy, of `https://github.com/acme/shop`, folder `apps/NAME`, that made `Deployment/shop/api`. */
export function applicationObject(
  name: string,
  { metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object } = {},
): KubernetesObject {
  return {
    metadata: { name, namespace: "argocd", generation: 3, labels: {}, ...metadata },
    spec: {
      project: "default",
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      source: { repoURL: "https://github.com/acme/shop.git", path: `apps/${name}`, targetRevision: "main" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
      ...spec,
    },
    status: {
      controllerNamespace: "argocd",
      health: { status: "Healthy", lastTransitionTime: "2026-11-20T10:01:00Z" },
      history: [
        { id: 0, revision: SHOP_COMMIT, deployedAt: "2026-11-20T10:00:30Z", source: { repoURL: "ignored" } },
      ],
      operationState: {
        operation: { sync: { revision: SHOP_COMMIT } },
        phase: "Succeeded",
        message: "successfully synced (all tasks run)",
        startedAt: "2026-11-20T10:00:00Z",
        finishedAt: "2026-11-20T10:00:30Z",
        syncResult: { revision: SHOP_COMMIT, source: { repoURL: "ignored" } },
      },
      reconciledAt: "2026-11-20T10:05:00Z",
      resourceHealthSource: "appTree",
      resources: [
        { version: "v1", kind: "Service", namespace: "shop", name: "api", status: "Synced" },
        {
          group: "apps",
          version: "v1",
          kind: "Deployment",
          namespace: "shop",
          name: "api",
          status: "Synced",
        },
      ],
      sourceType: "Kustomize",
      sync: { status: "Synced", revision: SHOP_COMMIT, comparedTo: { source: { repoURL: "ignored" } } },
      ...status,
    },
  };
}

export function projectObject(name: string, ...syncWindows: readonly object[]): KubernetesObject {
  return {
    metadata: { name, namespace: "argocd" },
    spec: { destinations: [{ namespace: "*", server: "*" }], sourceRepos: ["*"], syncWindows },
  };
}

export function argoConfigMap(data: Readonly<Record<string, string>>): KubernetesObject {
  return { metadata: { name: "argocd-cm", namespace: "argocd" }, data };
}

/** A GitRepository `flux-system/fleet` of the branch main, whose newest commit was fetched. */
export function gitRepositoryObject(
  spec: object = {},
  revision = `main@sha1:${SHOP_COMMIT}`,
): KubernetesObject {
  return {
    metadata: { name: "fleet", namespace: "flux-system" },
    spec: { interval: "1m", url: "ssh://git@github.com/Acme/Fleet.git", ref: { branch: "main" }, ...spec },
    status: { artifact: { revision, digest: "sha256:0" } },
  };
}

/** A Kustomization of {@link gitRepositoryObject} that made `Deployment/shop/api`. */
export function kustomizationObject(
  name: string,
  { metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object } = {},
): KubernetesObject {
  const revision = `main@sha1:${SHOP_COMMIT}`;
  return {
    metadata: { name, namespace: "flux-system", generation: 2, labels: {}, ...metadata },
    spec: {
      interval: "10m",
      path: `./apps/${name}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "fleet" },
      ...spec,
    },
    status: {
      observedGeneration: 2,
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "ReconciliationSucceeded",
          message: `Applied revision: ${revision}`,
        },
      ],
      inventory: {
        entries: [
          { id: "shop_api_apps_Deployment", v: "v1" },
          { id: "_system__api_rbac.authorization.k8s.io_ClusterRole", v: "v1" },
          { id: "shop_api__Service", v: "v1" },
        ],
      },
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      ...status,
    },
  };
}

/** A HelmRelease of a chart of a HelmRepository. */
export function helmReleaseObject(
  name: string,
  { metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object } = {},
): KubernetesObject {
  const sourceRef = { kind: "HelmRepository", name: "charts", namespace: "flux-system" };
  return {
    metadata: { name, namespace: "shop", generation: 5, labels: {}, ...metadata },
    spec: {
      interval: "10m",
      chart: { spec: { chart: "podinfo", version: "6.x", sourceRef } },
      ...spec,
    },
    status: {
      observedGeneration: 5,
      conditions: [
        { type: "Ready", status: "True", reason: "UpgradeSucceeded", message: "Helm upgrade succeeded" },
      ],
      history: [{ name, namespace: "shop", chartName: "podinfo", chartVersion: "6.5.4", status: "deployed" }],
      lastAttemptedRevision: "6.5.4",
      ...status,
    },
  };
}
