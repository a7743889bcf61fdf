import path from "node:path";
import type { ClusterConfig } from "../../config/schema.ts";
import type { ClusterAccess } from "../../inventory/kubeconfig.ts";

/** As whom a cluster's API is asked; a kubeconfig is relative to the folder of the configuration. */
export function accessOf({ kubeconfig, context, allowExec }: ClusterConfig, folder: string): ClusterAccess {
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(folder, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
    allowExec,
  };
}
