import { stringify } from "yaml";
import type { Files } from "../../support/github/repository-handle.ts";
import type { Written } from "./synced-repository.ts";

const SYSTEM = { namespace: "flux-system" };
const SOURCE = { kind: "GitRepository", name: "flux-system", namespace: "flux-system" };

/**
 * A repository as `flux bootstrap` leaves it: a Kustomization that applies itself and another one, which applies a
 * Deployment through an overlay, and a HelmRelease with inline values of a chart that lies beside it.
 */
export function fluxRepository(url: string): {
  readonly files: Files;
  readonly written: Readonly<Record<string, Written>>;
} {
  return {
    files: {
      [SYNC_FILE]: [gitRepository(url), kustomization("flux-system", "./clusters/prod")]
        .map((object) => stringify(object))
        .join("---\n"),
      "clusters/prod/apps.yaml": stringify(kustomization("apps", "./apps/prod")),
      "apps/prod/kustomization.yaml": stringify({
        resources: ["../base", "api.yaml"],
        patches: [{ path: "web.yaml" }],
      }),
      "apps/prod/web.yaml": deployment("web", "180m"),
      "apps/prod/api.yaml": stringify(release()),
      "apps/base/kustomization.yaml": stringify({ resources: ["web.yaml"] }),
      "apps/base/web.yaml": deployment("web", "100m"),
      "chart/Chart.yaml": stringify({ apiVersion: "v2", name: "service", version: "1.0.0" }),
      "chart/values.yaml": "cpu: 100m\n",
      "chart/templates/deployment.yaml": deployment("{{ .Release.Name }}", "{{ .Values.cpu }}"),
    },
    written: {
      web: { file: "apps/prod/web.yaml", cpu: "180m" },
      api: { file: "apps/prod/api.yaml", cpu: "140m" },
    },
  };
}

/** Applied by hand; it applies everything. */
export const SYNC_FILE = "clusters/prod/flux-system/sync.yaml";

function gitRepository(url: string): object {
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "flux-system", ...SYSTEM },
    spec: { interval: "2s", url, ref: { branch: "main" } },
  };
}

function kustomization(name: string, path: string): object {
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, ...SYSTEM },
    spec: { interval: "10s", path, prune: true, wait: false, sourceRef: SOURCE },
  };
}

function release(): object {
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name: "api", namespace: "shop" },
    spec: {
      interval: "10s",
      chart: { spec: { chart: "./chart", sourceRef: SOURCE, interval: "10s" } },
      values: { cpu: "140m" },
    },
  };
}

function deployment(name: string, cpu: string): string {
  return stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "app",
              image: "registry.example/app:1",
              resources: { requests: { cpu, memory: "64Mi" } },
            },
          ],
        },
      },
    },
  });
}
