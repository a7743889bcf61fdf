import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A text, or a link to somewhere. */
export type Entry = string | { readonly link: string };

/** A folder of its own, gone when the test is over; keys are paths in it. Gives its real, absolute path. */
export async function folderOf(entries: Readonly<Record<string, Entry>>): Promise<string> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), "loadline-test-")));
  onTestFinished(async () => await rm(root, { recursive: true, force: true }));
  for (const [name, entry] of Object.entries(entries)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await (typeof entry === "string" ? writeFile(file, entry) : symlink(entry.link, file));
  }
  return root;
}

/** `Chart.yaml` of a chart, with what it depends on as it stands in YAML's flow style. */
export function chartYaml(name: string, dependencies: readonly string[] = []): string {
  const list = dependencies.map((dependency) => `  - ${dependency}\n`).join("");
  return `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${list === "" ? "" : `dependencies:\n${list}`}`;
}

/** A template of a Deployment whose only container takes its resources from `.Values.resources`. */
export const DEPLOYMENT_TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  template:
    spec:
      containers:
        - name: main
          resources: {{- toYaml .Values.resources | nindent 12 }}
`;

/** A plain Deployment that asks for this much CPU. */
export function deployment(name: string, cpu: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: main
          resources:
            requests:
              cpu: ${cpu}
`;
}
