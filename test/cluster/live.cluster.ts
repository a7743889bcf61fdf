import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import { isOwnAddress } from "../../src/domain/repository-identity.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import type { ClusterDeliveries } from "../../src/gitops/live/delivery-index.ts";
import { type Location, Locator } from "../../src/gitops/locate.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { anyPlace } from "../../src/gitops/scan.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import { kubernetesDeliveries } from "../../src/inventory/deliveries/kubernetes-deliveries.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";
import { type ArgoCd, startArgoCd } from "./support/argocd.ts";
import { application } from "./support/argocd-applications.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";
import { rootApplication, syncedRepository } from "./support/synced-repository.ts";

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined)("from what Argo CD keeps to the line that sets it", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let argocd: ArgoCd;
  let github: GitHub;
  let repository: ReturnType<typeof syncedRepository>;
  let shop: RepositoryHandle;
  let scan: RepositoryScan;
  let commit: string;

  beforeAll(async () => {
    github = running.use(await startGitHub());
    const url = github.cloneUrl("acme/shop");
    repository = syncedRepository(url);
    shop = await github.createRepository("acme/shop", { files: repository.files, private: false });
    commit = (await shop.log("main"))[0]?.sha ?? "";
    plane = running.use(await startControlPlane());
    argocd = running.use(await startArgoCd(plane));
    const clone = await mkdtemp(path.join(tmpdir(), "loadline-clone-"));
    running.defer(async () => await rm(clone, { recursive: true }));
    await execa("git", ["clone", "--quiet", url, clone]);
    const renderer = await programRenderer({
      helm: programs?.helm ?? "",
      kubectl: programs?.kubectl ?? "",
      chartCache: path.join(clone, "..", "loadline-charts-of-tests"),
    });
    scan = await scanRepository("acme/shop", await directoryTree(clone), {
      renderer,
      isOwn: isOwnAddress([url]),
    });
    await plane.apply([rootApplication(url)]);
    await argocd.settled("root");
    await Promise.all(Object.keys(repository.written).map((name) => argocd.settled(name)));
  });
  afterAll(() => running.disposeAsync());

  /** As it is now. */
  async function deliveries(): Promise<readonly Delivery[]> {
    const access = { kubeconfig: plane.admin.kubeconfig };
    return (await kubernetesDeliveries(access, { namespaces: [], now: Date.now }).deliveries()).deliveries;
  }

  async function locate(): Promise<Readonly<Record<string, Location>>> {
    const { workloads } = await kubernetesInventory({ kubeconfig: plane.admin.kubeconfig }).discover({
      namespaces: ["shop"],
      labels: {},
    });
    const told: ClusterDeliveries = {
      cluster: "prod",
      unseen: [],
      deliveries: (await deliveries()).map((delivery) => ({
        delivery,
        readIn: "prod",
        placed: delivery.destination.here ? "here" : "elsewhere",
      })),
    };
    const locator = new Locator([{ scan, branch: "main", commit }], told);
    return Object.fromEntries(
      workloads.flatMap((workload) =>
        workload.containers.map((container) => [workload.name, locator.locate(workload, container)]),
      ),
    );
  }

  const fileOf = (found: Location | undefined) =>
    found && "at" in found ? anyPlace(found.at)?.file : undefined;

  test("every Deployment is followed to its line: plain, patched, by values of every kind, by an ApplicationSet", async () => {
    const found = await locate();
    const proven = Object.fromEntries(
      Object.entries(found).map(([name, location]) => [
        name,
        [location.status, fileOf(location), location.reason?.message],
      ]),
    );
    expect(proven).toEqual(
      Object.fromEntries(
        Object.entries(repository.written).map(([name, { file }]) => [name, ["proven", file, undefined]]),
      ),
    );
    for (const location of Object.values(found)) {
      const links = location.live?.links ?? [];
      expect(links.map(({ link }) => link)).toEqual(
        expect.arrayContaining([
          "object",
          "mark",
          "delivery",
          "destination",
          "made-by",
          "repository",
          "revision",
          "recipe",
          "line",
        ]),
      );
      expect(links.filter(({ held }) => held !== "yes")).toEqual([]);
      expect(location.live?.effects).toEqual([]);
    }
  });

  test("the Applications say what they follow, and at which commit they are", async () => {
    const found = (await deliveries()).filter(({ name }) => name !== "root");
    for (const { sync, health, automated, selfHeal, sources, operation } of found)
      expect({
        sync,
        health,
        automated,
        selfHeal,
        revision: sources[0]?.revision,
        phase: operation?.phase,
      }).toEqual({
        sync: "Synced",
        health: "Healthy",
        automated: true,
        selfHeal: true,
        revision: commit,
        phase: "Succeeded",
      });
  });

  test("a copied Deployment, and a forged mark, are refused", async () => {
    const copy = async (name: string, id: string): Promise<void> => {
      const containers = [{ name: "app", image: "registry.example/app:1" }];
      await plane.apply([
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name, namespace: "shop", annotations: { "argocd.argoproj.io/tracking-id": id } },
          spec: {
            selector: { matchLabels: { app: name } },
            template: { metadata: { labels: { app: name } }, spec: { containers } },
          },
        },
      ]);
    };
    await copy("copied", "kustomized:apps/Deployment:shop/kustomized");
    await copy("renamed", "before:apps/Deployment:shop/renamed");
    const found = await locate();
    expect(found["copied"]).toMatchObject({ status: "refused", reason: { code: "copied-mark" } });
    expect(found["renamed"]).toMatchObject({ status: "refused", reason: { code: "no-such-delivery" } });
    await plane.kubectl(["delete", "deployment", "copied", "renamed", "--namespace=shop"]);
  });

  test("what two Applications keep is refused with both names", async () => {
    const url = github.cloneUrl("acme/shop");
    const spec = { syncPolicy: {} };
    await plane.apply([
      application("plain-too", { repoURL: url, path: "plain" }, { namespace: "shop", spec }),
    ]);
    await vi.waitFor(async () => {
      expect((await locate())["plain"]).toMatchObject({
        status: "refused",
        reason: { code: "several-owners", message: expect.stringContaining("Application/argocd/plain-too") },
      });
    }, 30_000);
    await plane.kubectl(["delete", "application", "plain-too", "--namespace=argocd"]);
  });

  test("what somebody edited by hand is named, with what syncing a merge would do", async () => {
    const off = JSON.stringify({ spec: { syncPolicy: { automated: { selfHeal: false } } } });
    for (const name of ["root", "plain"])
      await plane.kubectl([
        "patch",
        "application",
        name,
        "--namespace=argocd",
        "--type=merge",
        `--patch=${off}`,
      ]);
    const containers = [{ name: "app", resources: { requests: { cpu: "7" } } }];
    const edit = JSON.stringify({ spec: { template: { spec: { containers } } } });
    await plane.kubectl([
      "patch",
      "deployment/plain",
      "--namespace=shop",
      "--field-manager=kubectl-edit",
      `--patch=${edit}`,
    ]);
    const { plain } = await locate();
    expect(plain?.live?.effects).toMatchObject([
      {
        code: "undoes",
        fields: ["requests.cpu"],
        writer: { manager: "kubectl-edit", atMs: expect.any(Number) },
      },
    ]);
  });

  /** The app of apps does not put it back any more. */
  const change = async (resource: string, spec: object): Promise<void> => {
    const patch = `--patch=${JSON.stringify({ spec })}`;
    await plane.kubectl(["patch", resource, "--namespace=argocd", "--type=merge", patch]);
  };

  test("an Application that somebody changed in the cluster is refused by the field that sets the number", async () => {
    const source = { helm: { values: "cpu: 145m\n", parameters: [{ name: "image.tag", value: "2" }] } };
    await change("application/inline", { source });
    await change("application/object", { source: { helm: { skipTests: true } } });
    const { inline, object, files } = await locate();
    expect(inline).toMatchObject({
      status: "refused",
      reason: {
        code: "other-spec",
        message: expect.stringMatching(/declares: helm\.values\.cpu, which decides/),
      },
    });
    expect(object).toMatchObject({
      status: "probable",
      reason: { code: "other-spec", message: expect.stringMatching(/declares: helm\.skipTests; sync it/) },
    });
    expect(files?.status).toBe("proven");
  });

  test("in a window that denies Argo CD does not sync, as it is said before, and after it does", async () => {
    const hour = new Date(Date.now() - 3_600_000).getUTCHours();
    const window = { kind: "deny", schedule: `0 ${hour} * * *`, duration: "3h", timeZone: "UTC" };
    await change("appproject/default", { syncWindows: [{ ...window, applications: ["files"] }] });
    const { files, kustomized } = await locate();
    expect(files?.live?.effects).toMatchObject([
      {
        code: "sync-window",
        pointless: false,
        message: `Application/argocd/files syncs in windows, and it is denied from "${window.schedule}" (UTC) for 3h: a merge takes effect when they let it`,
      },
    ]);
    expect(kustomized?.live?.effects).toEqual([]);
    const merged = await shop.commit({ files: { "values/files.yaml": "cpu: 135m\n" } });
    await argocd.settled("kustomized", merged);
    const told = async () => (await deliveries()).find(({ name }) => name === "files");
    await vi.waitFor(async () => expect(await told()).toMatchObject({ sync: "OutOfSync" }), 30_000);
    expect((await told())?.deniedBy).toMatchObject([{ kind: "deny" }]);
    await change("appproject/default", { syncWindows: null });
    await argocd.settled("files", merged);
  });
});
