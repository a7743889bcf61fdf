import type { Tree } from "../../src/gitops/tree.ts";

/** A tree that lives in memory. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  return {
    files: async () => await Promise.resolve(Object.keys(files).sort()),
    read: async (path) => {
      const content = files[path];
      if (content === undefined) throw new Error(`${path}: no such file`);
      return await Promise.resolve(typeof content === "string" ? new TextEncoder().encode(content) : content);
    },
  };
}

export function deployment(name: string, container = "- name: app", namespace?: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}${namespace === undefined ? "" : `\n  namespace: ${namespace}`}
spec:
  template:
    spec:
      containers:
        ${container.replaceAll("\n", "\n        ")}
`;
}

/** An Application of Argo CD that syncs a folder of the repository into a namespace. */
export function application(name: string, folder: string, namespace: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  source:
    repoURL: https://git.example/acme/shop
    path: ${folder}
  destination:
    namespace: ${namespace}
`;
}
