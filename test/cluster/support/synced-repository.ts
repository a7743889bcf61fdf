import type { Files } from "../../support/github/repository-handle.ts";
import { stringify } from "yaml";
import { application, applicationSpec } from "./argocd-applications.ts";

/** The requests of a Deployment, and the file and layer they are written in. */
export interface Written {
  readonly file: string;
  readonly cpu: string;
}

/**
 * A repository that Argo CD syncs as an app of apps, with each way to write the requests of a Deployment: a plain
 * manifest, a kustomization's patch, a chart with value files, values inside of an Application, a value file of
 * another source (`$ref`), and an ApplicationSet. Every Deployment stands in the namespace `shop`.
 */
export function syncedRepository(repoURL: string): {
  readonly files: Files;
  readonly written: Readonly<Record<string, Written>>;
} {
  const shop = { namespace: "shop" };
  const chart = (name: string, helm: object) => application(name, { repoURL, path: "chart", helm }, shop);
  const applications = {
    plain: application("plain", { repoURL, path: "plain" }, shop),
    kustomized: application("kustomized", { repoURL, path: "kustomized/overlays/prod" }, shop),
    files: chart("files", { valueFiles: ["values.yaml", "../values/files.yaml"] }),
    inline: chart("inline", { values: "cpu: 140m\n" }),
    object: chart("object", { valuesObject: { cpu: "150m" } }),
    referenced: application(
      "referenced",
      [
        { repoURL, path: "chart", helm: { valueFiles: ["$values/values/referenced.yaml"] } },
        { repoURL, ref: "values" },
      ],
      shop,
    ),
    set: applicationSet(repoURL),
  };
  const files = {
    ...Object.fromEntries(
      Object.entries(applications).map(([name, object]) => [`applications/${name}.yaml`, stringify(object)]),
    ),
    "plain/deployment.yaml": deployment("plain", "110m"),
    "kustomized/base/deployment.yaml": deployment("kustomized", "100m"),
    "kustomized/base/kustomization.yaml": stringify({ resources: ["deployment.yaml"] }),
    "kustomized/overlays/prod/kustomization.yaml": stringify({
      resources: ["../../base"],
      patches: [{ path: "requests.yaml" }],
    }),
    "kustomized/overlays/prod/requests.yaml": deployment("kustomized", "120m"),
    "chart/Chart.yaml": stringify({ apiVersion: "v2", name: "service", version: "1.0.0" }),
    "chart/values.yaml": "cpu: 100m\n",
    "chart/templates/deployment.yaml": deployment("{{ .Release.Name }}", "{{ .Values.cpu }}"),
    "values/files.yaml": "cpu: 130m\n",
    "values/referenced.yaml": "cpu: 160m\n",
    "values/east.yaml": "cpu: 170m\n",
    "values/west.yaml": "cpu: 180m\n",
  };
  return {
    files,
    written: {
      plain: { file: "plain/deployment.yaml", cpu: "110m" },
      kustomized: { file: "kustomized/overlays/prod/requests.yaml", cpu: "120m" },
      files: { file: "values/files.yaml", cpu: "130m" },
      inline: { file: "applications/inline.yaml", cpu: "140m" },
      object: { file: "applications/object.yaml", cpu: "150m" },
      referenced: { file: "values/referenced.yaml", cpu: "160m" },
      east: { file: "values/east.yaml", cpu: "170m" },
      west: { file: "values/west.yaml", cpu: "180m" },
    },
  };
}

/** Applied by hand; it applies all others. */
export function rootApplication(repoURL: string): object {
  return application("root", { repoURL, path: "applications" }, { namespace: "argocd" });
}

function applicationSet(repoURL: string): object {
  const source = { repoURL, path: "chart", helm: { valueFiles: ["../values/{{region}}.yaml"] } };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "regions", namespace: "argocd" },
    spec: {
      generators: [{ list: { elements: [{ region: "east" }, { region: "west" }] } }],
      template: { metadata: { name: "{{region}}" }, spec: applicationSpec(source, { namespace: "shop" }) },
    },
  };
}

function deployment(name: string, cpu: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: app
          image: registry.example/app:1
          resources:
            requests:
              cpu: ${cpu}
              memory: 64Mi
`;
}
