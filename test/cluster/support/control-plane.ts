import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { inject, vi } from "vitest";
import { stringify } from "yaml";
import { ApiClient } from "./api-client.ts";
import { type ApiServer, writeKubeconfig } from "./kubeconfig.ts";
import { startKubernetes } from "./kubernetes.ts";

/** `undefined` where they can't be had: tests stand in `describe.skipIf(programs === undefined)`. */
export const programs = inject("clusterPrograms");

/** Somebody whom the API server knows. */
export interface User {
  /** Path; its only context is `test`. */
  readonly kubeconfig: string;
  readonly token: string;
}

/** A real control plane on loopback. */
export interface ControlPlane extends ApiServer, AsyncDisposable {
  /** For logs and files of those who join it; goes away with it. */
  readonly folder: string;
  /** May do everything. */
  readonly admin: User;
  /** As the admin. */
  readonly api: ApiClient;
  /** Runs the real kubectl as the admin; gives what it printed. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Applies YAML or objects on the server's side, as the manager `test`. */
  apply(manifests: string | readonly object[]): Promise<void>;
  /** Resolves when pods can be made in it. */
  createNamespace(name: string): Promise<void>;
  /** A new service account; it may do what is bound to it, and nothing more. */
  serviceAccount(namespace: string, name: string): Promise<User>;
}

/**
 * Starts etcd, API server, controller manager, scheduler and kwok, which plays two nodes, in a few seconds. Disposing
 * ends them; they end also when the test's process is killed. `apiServer` are more flags of the API server.
 */
export async function startControlPlane(apiServer: readonly string[] = []): Promise<ControlPlane> {
  if (programs === undefined)
    throw new Error("no control plane can be had: skip where there are no `programs`");
  const { kubectl } = programs;
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loadline-cluster-"));
  starting.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const server = await startKubernetes(programs, folder, apiServer, (process) => starting.use(process));
  const api = starting.use(new ApiClient(server, server.adminToken));
  const user = async (token: string): Promise<User> => ({
    token,
    kubeconfig: await writeKubeconfig(folder, server, token),
  });
  const admin = await user(server.adminToken);
  for (const name of ["node-1", "node-2"]) await createNode(api, name, server.kubeletPort);
  await hasServiceAccount(api, "default");

  const running = starting.move();
  const runKubectl: ControlPlane["kubectl"] = async (args, input = "") =>
    (await execa(kubectl, [`--kubeconfig=${admin.kubeconfig}`, ...args], { input })).stdout;
  return {
    url: server.url,
    ca: server.ca,
    folder,
    admin,
    api,
    kubectl: runKubectl,
    apply: async (manifests) => {
      const text =
        typeof manifests === "string"
          ? manifests
          : manifests.map((object) => stringify(object)).join("---\n");
      await runKubectl(["apply", "--server-side", "--field-manager=test", "--filename=-"], text);
    },
    createNamespace: async (name) => {
      await api.create("/api/v1/namespaces", { metadata: { name } });
      await hasServiceAccount(api, name);
    },
    serviceAccount: async (namespace, name) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      await api.create(path, { metadata: { name } });
      const request = { spec: { expirationSeconds: 3600 } };
      const { status } = await api.create<{ status: { token: string } }>(`${path}/${name}/token`, request);
      return await user(status.token);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Of 32 cores and 128 GiB. Where its metrics are is as kwok has them, one address for all nodes. */
async function createNode(api: ApiClient, name: string, kubeletPort: number): Promise<void> {
  const room = { cpu: "32", memory: "128Gi", pods: "5000" };
  await api.create("/api/v1/nodes", {
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" },
      annotations: { "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource` },
    },
    status: {
      allocatable: room,
      capacity: room,
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    },
  });
}

/** Pods are refused before their namespace has one. */
async function hasServiceAccount(api: ApiClient, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await vi.waitFor(() => api.get(path), { timeout: 60_000, interval: 100 });
}
