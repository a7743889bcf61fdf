import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { vi } from "vitest";
import { freePort } from "../../support/free-port.ts";
import type { ClusterObject } from "./api-client.ts";
import { argoCdEnvironment } from "./argocd-environment.ts";
import { argoCdObjects } from "./argocd-objects.ts";
import { type ControlPlane, programs } from "./control-plane.ts";
import { defineResources } from "./custom-resources.ts";
import { type Running, startProcess } from "./process.ts";

/** A real Argo CD in the namespace `argocd`, which syncs to the control plane that it stands on. */
export interface ArgoCd extends AsyncDisposable {
  /** As it is now. */
  application(name: string): Promise<Application>;
  /**
   * The Application once it is synced and healthy and nothing is under way, at `revision` (or one of its sources' revisions) if given.
   * Rejects with its conditions where that does not come.
   */
  settled(name: string, revision?: string): Promise<Application>;
}

export interface Application extends ClusterObject {
  readonly spec: Sources;
  readonly status?: {
    readonly sync?: {
      readonly status: string;
      readonly comparedTo?: Sources;
      readonly revision?: string;
      readonly revisions?: readonly string[];
    };
    readonly health?: { readonly status: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly resources?: readonly {
      readonly group?: string;
      readonly kind: string;
      readonly namespace?: string;
      readonly name: string;
      readonly status?: string;
    }[];
    readonly operationState?: { readonly phase: string; readonly message?: string };
    readonly [more: string]: unknown;
  };
}

interface Sources {
  readonly source?: object;
  readonly sources?: readonly object[];
}

/** How often Applications are compared with their repositories. */
const RESYNC_SECONDS = 2;

/** Starts redis, repository server, application controller and ApplicationSet controller. */
export async function startArgoCd(plane: ControlPlane): Promise<ArgoCd> {
  if (programs === undefined) throw new Error("no Argo CD can be had: skip where there are no `programs`");
  await using starting = new AsyncDisposableStack();
  const folder = join(plane.folder, "argocd");
  const env = await argoCdEnvironment(programs, folder, plane.admin.kubeconfig);
  await installObjects(plane, programs.argocd);
  const start = async (program: string, name: string, args: readonly string[]): Promise<Running> =>
    starting.use(await startProcess(program, { name, args, folder, env }));

  const [redis, repositories] = [await freePort(), await freePort()];
  const redisServer = await start("redis-server", "redis", [
    "--bind",
    "127.0.0.1",
    "--port",
    String(redis),
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ]);
  await redisServer.until(() => accepts(redis));
  const argocd = join(programs.argocd, "argocd");
  const repositoryServer = await start(argocd, "repository-server", [
    "argocd-repo-server",
    "--address=127.0.0.1",
    `--port=${repositories}`,
    "--metrics-address=127.0.0.1",
    `--metrics-port=${await freePort()}`,
    `--redis=127.0.0.1:${redis}`,
    "--disable-tls",
    "--client-ca-path=",
    `--revision-cache-expiration=${RESYNC_SECONDS}s`,
  ]);
  await repositoryServer.until(() => accepts(repositories));
  await start(argocd, "application-controller", [
    "argocd-application-controller",
    `--kubeconfig=${plane.admin.kubeconfig}`,
    "--namespace=argocd",
    `--redis=127.0.0.1:${redis}`,
    `--repo-server=127.0.0.1:${repositories}`,
    "--repo-server-plaintext",
    `--metrics-port=${await freePort()}`,
    "--persist-resource-health",
    `--app-resync=${RESYNC_SECONDS}`,
    "--app-resync-jitter=0",
  ]);
  await start(argocd, "applicationset-controller", [
    "argocd-applicationset-controller",
    `--kubeconfig=${plane.admin.kubeconfig}`,
    "--namespace=argocd",
    `--argocd-repo-server=127.0.0.1:${repositories}`,
    "--repo-server-plaintext",
    ...["metrics", "probe", "webhook"].map((what) => `--${what}-addr=127.0.0.1:0`),
  ]);

  const running = starting.move();
  const application = (name: string): Promise<Application> =>
    plane.api.get<Application>(`/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}`);
  return {
    application,
    settled: (name, revision) =>
      vi.waitFor(
        async () => {
          const found = await application(name);
          if (!isSettled(found, revision)) throw new Error(`${name}: ${JSON.stringify(summary(found))}`);
          return found;
        },
        { timeout: 120_000, interval: 200 },
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function isSettled({ spec, status }: Application, revision: string | undefined): boolean {
  const { sync, health, operationState } = status ?? {};
  if (sync?.status !== "Synced" || health?.status !== "Healthy") return false;
  if (operationState?.phase === "Running") return false;
  // What another Application has just changed of it was not looked at yet.
  const { source, sources } = sync.comparedTo ?? {};
  if (!isDeepStrictEqual(spec.sources ?? spec.source, spec.sources === undefined ? source : sources))
    return false;
  return revision === undefined || sync.revision === revision || (sync.revisions ?? []).includes(revision);
}

function summary({ status }: Application): object {
  return {
    sync: status?.sync,
    health: status?.health,
    last: status?.operationState?.message,
    conditions: status?.conditions,
  };
}

/** Custom resources first: the project is one of them. */
async function installObjects(plane: ControlPlane, files: string): Promise<void> {
  const definitions = ["application", "applicationset", "appproject"].map((kind) =>
    readFile(join(files, `${kind}-crd.yaml`), "utf8"),
  );
  await defineResources(plane, (await Promise.all(definitions)).join("\n---\n"));
  await plane.createNamespace("argocd");
  await plane.apply(argoCdObjects());
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } finally {
    socket.destroy();
  }
}
