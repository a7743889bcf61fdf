import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import pLimit from "p-limit";

/**
 * Files of a platform repository, as many teams as asked for: of every team's {@link FILES_PER_TEAM} files some
 * are charts, overlays, plain manifests, Applications and Flux objects, and half are none of Loadline's
 * business, as in real repositories.
 */
function* generatedFiles(teams: number): Generator<readonly [file: string, text: string]> {
  for (let index = 0; index < teams; index += 1) {
    const team = `team-${String(index).padStart(4, "0")}`;
    for (const [file, text] of filesOfTeam(team, index)) yield [`${team}/${file}`, text];
  }
}

export const FILES_PER_TEAM = 32;

/** Writes the files below a folder, and gives how many bytes they have. */
export async function writeRepository(folder: string, teams: number): Promise<number> {
  const limit = pLimit(64);
  const sizes = await Promise.all(
    [...generatedFiles(teams)].map(
      async ([file, text]) =>
        await limit(async () => {
          await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
          await writeFile(path.join(folder, file), text);
          return Buffer.byteLength(text);
        }),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function filesOfTeam(team: string, index: number): (readonly [string, string])[] {
  return [
    ["shop/base/kustomization.yaml", "resources: [deployment.yaml, service.yaml]\n"],
    ["shop/base/deployment.yaml", deployment("shop", 3)],
    ["shop/base/service.yaml", service("shop")],
    ...["dev", "prod"].flatMap((stage) => [
      [
        `shop/overlays/${stage}/kustomization.yaml`,
        `namespace: ${team}-${stage}\nresources: [../../base]\npatches: [{path: cpu.yaml}]\n`,
      ] as const,
      [`shop/overlays/${stage}/cpu.yaml`, patch("shop", `${100 + (index % 900)}m`)] as const,
    ]),
    ["plain/api.yaml", deployment("api", 2, team)],
    ["plain/worker.yaml", deployment("worker", 1, team)],
    ["plain/service.yaml", service("api")],
    ["chart/Chart.yaml", `apiVersion: v2\nname: ${team}\nversion: 0.1.0\n`],
    ["chart/values.yaml", VALUES],
    ["chart/values-prod.yaml", "web:\n  resources:\n    requests:\n      cpu: 500m\n"],
    ["chart/templates/web.yaml", template("web")],
    ["chart/templates/jobs.yaml", template("jobs")],
    ["argocd/chart.yaml", application(team)],
    ["flux/shop.yaml", fluxKustomization(team)],
    ...Array.from({ length: 10 }, (_, one) => [`config/${one}.yaml`, config(`${team}-${one}`)] as const),
    ...Array.from({ length: 4 }, (_, one) => [`dashboards/${one}.yaml`, dashboard(one)] as const),
    [".github/workflows/ci.yaml", WORKFLOW],
  ];
}

function deployment(name: string, containers: number, namespace?: string): string {
  const list = Array.from(
    { length: containers },
    (_, index) => `        - name: ${name}-${index}
          image: registry.example/${name}:1.2.${index}
          ports: [{containerPort: 80${index}0}]
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests:
              cpu: ${100 + index}m
              memory: 128Mi
            limits:
              memory: 256Mi # as measured
`,
  );
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${namespace === undefined ? "" : `  namespace: ${namespace}\n`}  labels:
    app.kubernetes.io/name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
${list.join("")}`;
}

function patch(name: string, cpu: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: ${name}-0
          resources:
            requests:
              cpu: ${cpu}
`;
}

function service(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector: {app: ${name}}\n  ports: [{port: 80}]\n`;
}

const VALUES = `replicas: 2
web:
  image: registry.example/web:1
  resources:
    requests:
      cpu: 100m
      memory: 128Mi
    limits:
      memory: 256Mi
jobs:
  image: registry.example/jobs:1
  resources: {}
`;

function template(component: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-${component}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: ${component}
          image: {{ .Values.${component}.image }}
          resources: {{- toYaml .Values.${component}.resources | nindent 12 }}
${component === "web" ? '{{- define "labels" }}\napp.kubernetes.io/name: {{ .Chart.Name }}\n{{- end }}\n' : ""}`;
}

function application(team: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${team}
  namespace: argocd
spec:
  source:
    repoURL: https://git.example/acme/platform
    path: ${team}/chart
    helm:
      valueFiles: [values-prod.yaml]
  destination:
    namespace: ${team}
`;
}

function fluxKustomization(team: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${team}
  namespace: flux-system
spec:
  path: ./${team}/shop/overlays/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
`;
}

function config(name: string): string {
  const keys = Array.from({ length: 30 }, (_, key) => `  KEY_${key}: value of ${name} ${key}\n`);
  return `apiVersion: example.org/v1\nkind: Settings\nmetadata:\n  name: ${name}\nspec:\n${keys.join("")}`;
}

function dashboard(index: number): string {
  const panels = Array.from(
    { length: 40 },
    (_, panel) => `  - title: panel ${panel}
    type: timeseries
    targets:
      - expr: sum(rate(http_requests_total{job="a${index}"}[5m])) by (code)
        legendFormat: "{{code}}"
    gridPos: {h: 8, w: 12, x: ${panel % 2}, y: ${panel}}
`,
  );
  return `title: dashboard ${index}\nschemaVersion: 39\npanels:\n${panels.join("")}`;
}

const WORKFLOW = `name: ci
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
`;
