import { mkdir, readFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { freePort } from "../../support/free-port.ts";
import type { ClusterObject } from "./api-client.ts";
import { type ControlPlane, programs } from "./control-plane.ts";
import { defineResources } from "./custom-resources.ts";
import { startProcess } from "./process.ts";

/** A real Flux in the namespace `flux-system`, which applies to the control plane that it stands on. */
export interface Flux extends AsyncDisposable {
  /**
   * The Kustomization or HelmRelease once it is ready as it is written now, a Kustomization at `commit` if given. Rejects
   * with its conditions where that does not come.
   */
  settled(kind: "Kustomization" | "HelmRelease", name: string, commit?: string): Promise<Reconciled>;
}

export interface Reconciled extends ClusterObject {
  readonly metadata: ClusterObject["metadata"] & { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

const RESOURCES = {
  Kustomization: "kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations",
  HelmRelease: "helm.toolkit.fluxcd.io/v2/namespaces/shop/helmreleases",
} as const;

/** Starts source, kustomize and helm controller. */
export async function startFlux(plane: ControlPlane): Promise<Flux> {
  if (programs === undefined) throw new Error("no Flux can be had: skip where there are no `programs`");
  await using starting = new AsyncDisposableStack();
  const folder = join(plane.folder, "flux");
  for (const name of ["home", "tmp", "artifacts"]) await mkdir(join(folder, name), { recursive: true });
  const files = globSync(join(programs.flux, "*.yaml"));
  const definitions = await Promise.all(files.map((file) => readFile(file, "utf8")));
  await defineResources(plane, definitions.join("\n---\n"));
  await plane.createNamespace("flux-system");

  const env = {
    KUBECONFIG: plane.admin.kubeconfig,
    RUNTIME_NAMESPACE: "flux-system",
    HOME: join(folder, "home"),
    TMPDIR: join(folder, "tmp"),
  };
  const artifacts = `127.0.0.1:${await freePort()}`;
  const start = async (name: string, args: readonly string[]): Promise<void> => {
    const health = `127.0.0.1:${await freePort()}`;
    const usual = ["--metrics-addr=0", `--health-addr=${health}`, "--requeue-dependency=1s"];
    const program = join(programs?.flux ?? "", name);
    const running = starting.use(
      await startProcess(program, { name, folder, env, args: [...usual, ...args] }),
    );
    await running.until(async () => (await fetch(`http://${health}/readyz`)).ok);
  };
  await start("source-controller", [
    `--storage-path=${join(folder, "artifacts")}`,
    `--storage-addr=${artifacts}`,
    `--storage-adv-addr=${artifacts}`,
  ]);
  await start("kustomize-controller", []);
  await start("helm-controller", ["--graceful-shutdown-timeout=1s"]);

  const running = starting.move();
  return {
    settled: (kind, name, commit) =>
      vi.waitFor(
        async () => {
          const found = await plane.api.get<Reconciled>(`/apis/${RESOURCES[kind]}/${name}`);
          if (!isSettled(found, commit)) throw new Error(`${name}: ${JSON.stringify(found.status)}`);
          return found;
        },
        { timeout: 120_000, interval: 200 },
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function isSettled({ metadata, status = {} }: Reconciled, commit = ""): boolean {
  const { observedGeneration, lastAppliedRevision = "", conditions = [] } = status;
  const ready = conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
  return ready && observedGeneration === metadata.generation && lastAppliedRevision.endsWith(commit);
}
