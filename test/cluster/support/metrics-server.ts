import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { freePort } from "../../support/free-port.ts";
import { type ControlPlane, programs } from "./control-plane.ts";
import { CA } from "./kubernetes.ts";
import { type Running, startProcess } from "./process.ts";

/** How often it asks kubelets; it takes nothing shorter. Pods are known after two rounds. */
export const RESOLUTION_MS = 10_000;

const API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";

interface ApiService {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * A real metrics-server behind the API server, with the rights of its own manifests; its kubelets are kwok's.
 * Resolves when the API server passes requests on to it. Disposing ends it alone: that the API server knows
 * of it stays, as where its pod is down.
 */
export async function startMetricsServer(plane: ControlPlane): Promise<Running> {
  const { metricsServer: installed = "" } = programs ?? {};
  const port = await freePort();
  const { kubeconfig } = await plane.serviceAccount("kube-system", "metrics-server");
  await plane.apply(await readFile(join(installed, "rbac.yaml"), "utf8"));
  const service = parse(await readFile(join(installed, "apiservice.yaml"), "utf8"));
  service.spec.service.port = port;
  const { name, namespace } = service.spec.service;
  const address = { type: "ExternalName", externalName: "localhost" };
  await plane.apply([
    { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: address },
    service,
  ]);
  const server = await startProcess(join(installed, "metrics-server"), {
    folder: plane.folder,
    args: [
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(plane.folder, "metrics-server")}`,
      `--metric-resolution=${RESOLUTION_MS}ms`,
      "--kubelet-request-timeout=5s",
      "--kubelet-preferred-address-types=InternalIP",
      "--kubelet-use-node-status-port",
      `--kubelet-certificate-authority=${join(plane.folder, CA)}`,
      ...["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map(
        (flag) => `--${flag}=${kubeconfig}`,
      ),
    ],
  });
  await server.until(async () => {
    const { status } = await plane.api.get<ApiService>(API_SERVICE);
    return status?.conditions?.some((one) => one.type === "Available" && one.status === "True") === true;
  });
  return server;
}
