import { randomBytes } from "node:crypto";

const named = (name: string) => ({
  name,
  namespace: "argocd",
  labels: { "app.kubernetes.io/part-of": "argocd" },
});

/** What an installation's manifests bring besides the programs, without which these do not start. */
export function argoCdObjects(): readonly object[] {
  return [
    ...["argocd-cm", "argocd-cmd-params-cm", "argocd-rbac-cm"].map((name) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: named(name),
      data: {},
    })),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: named("argocd-secret"),
      stringData: { "server.secretkey": randomBytes(32).toString("base64") },
    },
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "default", namespace: "argocd" },
      spec: {
        sourceRepos: ["*"],
        destinations: [{ namespace: "*", server: "*" }],
        clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      },
    },
  ];
}
