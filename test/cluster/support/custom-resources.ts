import { vi } from "vitest";
import type { ControlPlane } from "./control-plane.ts";

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Applies definitions of custom resources, and resolves when all there are can be used. */
export async function defineResources(
  plane: ControlPlane,
  definitions: Parameters<ControlPlane["apply"]>[0],
): Promise<void> {
  await plane.apply(definitions);
  await vi.waitFor(
    async () => {
      const there = await plane.api.list<Definition>(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      );
      const waiting = there.filter(({ status }) => !isEstablished(status));
      if (waiting.length > 0)
        throw new Error(`not served yet: ${waiting.map(({ metadata }) => metadata.name).join()}`);
    },
    { timeout: 60_000, interval: 100 },
  );
}

function isEstablished(status: Definition["status"]): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") ?? false;
}

/** A custom resource whose objects may hold anything, for controllers that are not there themselves. */
export function customResource(
  group: string,
  version: string,
  kind: string,
  plural = `${kind.toLowerCase()}s`,
): object {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const served = { name: version, served: true, storage: true, schema: { openAPIV3Schema: anything } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Groups of Kubernetes itself want it.
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, listKind: `${kind}List` },
      versions: [served],
    },
  };
}
