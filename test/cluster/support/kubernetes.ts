import { generateKeyPairSync, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { makeCertificates } from "../../support/certificates.ts";
import { freePort } from "../../support/free-port.ts";
import { ApiClient } from "./api-client.ts";
import { type ApiServer, writeKubeconfig } from "./kubeconfig.ts";
import { type Running, startProcess } from "./process.ts";
import type { ClusterPrograms } from "./programs-setup.ts";

export interface RunningKubernetes extends ApiServer {
  /** Of the group `system:masters`. */
  readonly adminToken: string;
  /** On loopback; of kwok, which answers there for every kubelet. */
  readonly kubeletPort: number;
}

/**
 * etcd, API server, controller manager, scheduler and kwok. What was started is handed to `own` at once, so that
 * it ends also where a later one does not start.
 */
export async function startKubernetes(
  programs: ClusterPrograms,
  folder: string,
  flags: readonly string[],
  own: (process: Running) => Running,
): Promise<RunningKubernetes> {
  const start = async (program: string, args: readonly string[]) =>
    own(await startProcess(program, { args, folder }));
  const etcd = await startEtcd(programs, folder, start);
  const apiServer = await startApiServer(programs, folder, [`--etcd-servers=${etcd}`, ...flags], start);
  const kubeletPort = await freePort();
  const kubeconfig = `--kubeconfig=${await writeKubeconfig(folder, apiServer, apiServer.adminToken)}`;
  await start(join(programs.kubernetes, "kube-controller-manager"), [
    kubeconfig,
    `--service-account-private-key-file=${join(folder, SIGNING_KEY)}`,
    `--root-ca-file=${join(folder, CA)}`,
    "--leader-elect=false",
    "--secure-port=0",
    // Its default of 20 requests a second makes thousands of pods a matter of many minutes.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    "--concurrent-deployment-syncs=20",
    "--concurrent-replicaset-syncs=20",
  ]);
  await start(join(programs.kubernetes, "kube-scheduler"), [
    kubeconfig,
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ]);
  await start(join(programs.kwok, "kwok"), [
    kubeconfig,
    `--config=${join(import.meta.dirname, "kubelets.yaml")}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    "--node-ip=127.0.0.1",
    `--node-port=${kubeletPort}`,
    `--server-address=127.0.0.1:${kubeletPort}`,
    `--tls-cert-file=${join(folder, SERVER.cert)}`,
    `--tls-private-key-file=${join(folder, SERVER.key)}`,
  ]);
  return { ...apiServer, kubeletPort };
}

type Start = (program: string, args: readonly string[]) => Promise<Running>;

const SIGNING_KEY = "service-accounts.key";
/** The file that holds what signed all certificates. */
export const CA = "ca.crt";
/** Of all who serve. */
const SERVER = { cert: "server.crt", key: "server.key" };
/** With which the API server passes requests on to servers of further APIs. */
const PROXY = { cert: "proxy.crt", key: "proxy.key" };

async function startEtcd(programs: ClusterPrograms, folder: string, start: Start): Promise<string> {
  const [clients, peers] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const etcd = await start(join(programs.kubernetes, "server"), [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    // What it keeps need not outlive the machine.
    "--unsafe-no-fsync",
  ]);
  await etcd.until(async () => (await request(`${clients}/health`)).statusCode === 200);
  return clients;
}

async function startApiServer(
  programs: ClusterPrograms,
  folder: string,
  flags: readonly string[],
  start: Start,
): Promise<Omit<RunningKubernetes, "kubeletPort">> {
  const certificates = await makeCertificates();
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const adminToken = randomUUID();
  const files = {
    [CA]: certificates.ca,
    [SIGNING_KEY]: privateKey,
    [SERVER.cert]: certificates.server.cert,
    [SERVER.key]: certificates.server.key,
    [PROXY.cert]: certificates.client.cert,
    [PROXY.key]: certificates.client.key,
    "tokens.csv": `${adminToken},admin,admin,system:masters\n`,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const port = await freePort();
  const server = { url: `https://127.0.0.1:${port}`, ca: certificates.ca, adminToken };
  const apiServer = await start(join(programs.kubernetes, "kube-apiserver"), [
    ...flags,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${join(folder, SERVER.cert)}`,
    `--tls-private-key-file=${join(folder, SERVER.key)}`,
    `--proxy-client-cert-file=${join(folder, PROXY.cert)}`,
    `--proxy-client-key-file=${join(folder, PROXY.key)}`,
    `--requestheader-client-ca-file=${join(folder, CA)}`,
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--authorization-mode=RBAC",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, SIGNING_KEY)}`,
    `--service-account-signing-key-file=${join(folder, SIGNING_KEY)}`,
    "--service-cluster-ip-range=10.0.0.0/16",
    "--endpoint-reconciler-type=none",
  ]);
  await using client = new ApiClient(server, adminToken);
  await apiServer.until(async () => (await client.get<{ items: [] }>("/api/v1/namespaces")).items.length > 0);
  return server;
}
