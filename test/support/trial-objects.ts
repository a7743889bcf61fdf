import type { Resources } from "../../src/domain/resources.ts";
import type { KubernetesObject } from "./kubernetes-api.ts";

/** What a Deployment's pods ask for, by container. */
export type Sizes = Readonly<Record<string, Resources>>;

export function deploymentObject(namespace: string, name: string): KubernetesObject {
  return { metadata: { name, namespace, uid: `deployment-${name}` }, spec: {} };
}

export function replicaSetObject(namespace: string, deployment: string): KubernetesObject {
  const owner = { uid: `deployment-${deployment}`, controller: true };
  const metadata = { name: `${deployment}-set`, namespace, uid: `set-${deployment}` };
  return { metadata: { ...metadata, ownerReferences: [owner] }, spec: {} };
}

/** A pod of that ReplicaSet that has been ready since then, with containers that its node has given what they ask for. */
export function podObject(
  namespace: string,
  deployment: string,
  name: string,
  sizes: Sizes,
  readySince: string,
): KubernetesObject {
  const containers = Object.entries(sizes).map(([container, resources]) => ({ name: container, resources }));
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: "1",
      labels: { app: deployment },
      ownerReferences: [{ uid: `set-${deployment}`, controller: true }],
    },
    spec: { containers },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: readySince }],
      containerStatuses: containers.map((container) => ({
        ...container,
        restartCount: 0,
        state: { running: { startedAt: readySince } },
      })),
    },
  };
}
