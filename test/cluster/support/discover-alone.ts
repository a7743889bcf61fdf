import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { DiscoveryCost } from "../measure-discovery.ts";
import type { ControlPlane, User } from "./control-plane.ts";

const PROGRAM = join(import.meta.dirname, "..", "measure-discovery.ts");

/** Discovers by a kubeconfig in a process whose heap has no room for all lists of a large cluster at once. */
export async function discoverAlone(kubeconfig: string, ...mode: readonly "watch"[]): Promise<DiscoveryCost> {
  const limits = ["--max-old-space-size=128", "--expose-gc"];
  const { stdout } = await execa(process.execPath, [...limits, PROGRAM, kubeconfig, ...mode]);
  return JSON.parse(stdout);
}

/** Discovers where a pod's files and variables are, and nothing else that says where the cluster is. */
export async function discoverAsPod(plane: ControlPlane, { token }: User): Promise<DiscoveryCost> {
  const account = await mkdtemp(join(plane.folder, "account-"));
  await writeFile(join(account, "token"), token);
  await cp(join(plane.folder, "ca.crt"), join(account, "ca.crt"));
  const { hostname, port } = new URL(plane.url);
  const { stdout } = await execa(
    "unshare",
    ["--user", "--map-root-user", "--mount", "sh", "-c", POD, "sh", account, process.execPath, PROGRAM],
    {
      env: {
        HOME: account,
        KUBECONFIG: "",
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
    },
  );
  return JSON.parse(stdout);
}

/** Puts the account where a kubelet does, for this process alone. */
const POD = `
  mount -t tmpfs none /run &&
  mkdir -p /run/secrets/kubernetes.io/serviceaccount &&
  cp "$1"/* /run/secrets/kubernetes.io/serviceaccount &&
  shift && exec "$@"
`;
