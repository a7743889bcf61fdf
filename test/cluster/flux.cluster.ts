import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";
import { prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { generateUsage } from "../support/usage-generator.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";
import { type Flux, startFlux } from "./support/flux.ts";
import { fluxRepository, SYNC_FILE } from "./support/flux-repository.ts";
import { loadlineAccount } from "./support/loadline-account.ts";
import { type RunningLoadline, startLoadline } from "./support/loadline-app.ts";

const DAYS = 2;
const NOW = Math.floor(Date.now() / 300_000) * 300_000;
const NAMES = ["web", "api"] as const;

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined || !prometheusAvailable)("the circle with a real Flux", () => {
  const running = new AsyncDisposableStack();
  let github: GitHub;
  let shop: RepositoryHandle;
  let plane: ControlPlane;
  let flux: Flux;
  let loadline: RunningLoadline;
  const { written } = fluxRepository("");

  beforeAll(async () => {
    github = running.use(await startGitHub());
    const { files } = fluxRepository(github.cloneUrl("acme/shop"));
    shop = await github.createRepository("acme/shop", { files, private: false });
    plane = running.use(await startControlPlane());
    await plane.createNamespace("shop");
    flux = running.use(await startFlux(plane));
    await plane.apply(files[SYNC_FILE]?.toString() ?? "");
    const usage = generateUsage(NAMES.map(worker), {
      seed: 3,
      window: { startMs: NOW - DAYS * 86_400_000, endMs: NOW },
    });
    const { url } = running.use(await startPrometheus({ openMetrics: usage.lines() }));
    const { kubeconfig } = await loadlineAccount(plane);
    const configuration = stringify({
      version: 1,
      onboarding: false,
      store: "none",
      clusters: [{ name: "prod", inventory: "kubernetes", kubeconfig, prometheus: { url } }],
      repositories: [{ name: "acme/shop" }],
      policy: { window: `${DAYS}d` },
      pullRequests: { groupBy: "workload", limits: { open: 100, perHour: 100, perDay: 100 } },
    });
    loadline = running.use(
      await startLoadline({ github, folder: plane.folder, configuration, now: () => Date.now() }),
    );
    await settled();
  }, 240_000);
  afterAll(() => running.disposeAsync());

  const settled = async (commit?: string): Promise<void> => {
    await flux.settled("Kustomization", "flux-system", commit);
    await flux.settled("Kustomization", "apps", commit);
    await flux.settled("HelmRelease", "api");
  };
  const requests = async (name: string): Promise<unknown> => {
    const path = `/apis/apps/v1/namespaces/shop/deployments/${name}`;
    const { spec } = await plane.api.get<Deployment>(path);
    return spec.template.spec.containers[0]?.resources.requests;
  };
  const comment = (number: number): string => shop.comments(number).at(-1)?.body ?? "";

  const pulls = new Map<string, number>();
  let recommended: Readonly<Record<string, unknown>>;

  test("what Flux applied is followed to the line that sets it, and proven", async () => {
    for (const name of NAMES)
      expect(await requests(name)).toEqual({ cpu: written[name]?.cpu, memory: "64Mi" });
    const { containers, failures } = await loadline.serving.sweeper.sweep();
    await loadline.quiet();
    expect(failures).toEqual([]);
    const found = Object.fromEntries(containers.map((one) => [one.workload.name, one.source]));
    expect(Object.fromEntries(NAMES.map((name) => [name, found[name]?.status]))).toEqual({
      web: "proven",
      api: "proven",
    });
    const links = (name: string): string[] =>
      (found[name]?.live?.links ?? []).filter(({ held }) => held === "yes").map(({ checked }) => checked);
    expect(links("api").join("\n")).toContain("HelmRelease/shop/api");
    expect(links("api").join("\n")).toContain("Kustomization/flux-system/apps delivers HelmRelease/shop/api");
    expect(links("web").join("\n")).toContain("Kustomization/flux-system/apps");
    recommended = Object.fromEntries(containers.map((one) => [one.workload.name, one.recommended?.requests]));
    for (const { number } of shop.pulls()) {
      const changes = await shop.diff(number);
      const name = NAMES.find((one) => changes.every((change) => change.path === written[one]?.file));
      pulls.set(name ?? JSON.stringify(changes), number);
    }
    expect([...pulls.keys()].toSorted()).toEqual(["api", "web"]);
  }, 120_000);

  test("what is merged is what Flux applies, and is followed to healthy pods", async () => {
    // What is merged first may be applied before the other is there.
    const commits: string[] = [];
    for (const number of pulls.values()) commits.push(await shop.merge(number, "alice"));
    const applied = commits.map((commit) => commit.slice(0, 10)).join("|");
    await settled(commits.at(-1));
    for (const name of NAMES)
      await vi.waitFor(async () => expect(await requests(name)).toEqual(recommended[name]), 60_000);
    const by = {
      web: "`Kustomization flux-system/apps`",
      api: "`HelmRelease shop/api`",
    };
    for (const name of NAMES)
      await vi.waitFor(
        async () => {
          await loadline.serving.sweeper.follow();
          await loadline.quiet();
          expect(comment(pulls.get(name) ?? 0)).toMatch(
            new RegExp(`synced at \`(?:${applied})\` by ${by[name]}, 1 of 1 pods replaced, healthy after`),
          );
        },
        { timeout: 60_000, interval: 1000 },
      );
  }, 240_000);

  test("then there is nothing left to do", async () => {
    const { containers, failures } = await loadline.serving.sweeper.sweep();
    expect(failures).toEqual([]);
    expect(containers.filter((one) => one.recommended !== null)).toEqual([]);
    expect(shop.pulls().filter(({ state }) => state === "open")).toEqual([]);
  }, 120_000);

  test("what is suspended is told before it is proposed", async () => {
    const suspend = JSON.stringify({ spec: { suspend: true } });
    const resource = "kustomizations.kustomize.toolkit.fluxcd.io/apps";
    // As `flux suspend` does; what kubectl writes the Kustomization around it takes back.
    const options = ["--namespace=flux-system", "--type=merge", "--field-manager=flux"];
    await plane.kubectl(["patch", resource, ...options, `--patch=${suspend}`]);
    const { containers } = await loadline.serving.sweeper.plan();
    const effects = containers.find(({ workload }) => workload.name === "web")?.source.live?.effects;
    expect(effects?.map(({ code }) => code)).toEqual(["suspended"]);
  }, 120_000);
});

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly resources: { readonly requests: unknown } }[];
      };
    };
  };
}

/** It uses half of the CPU that it asks for, and most of the memory. */
function worker(name: (typeof NAMES)[number]) {
  const cpu = fluxRepository("").written[name]?.cpu ?? "";
  const cores = (Number.parseInt(cpu, 10) / 1000) * 0.5;
  const bytes = 50 * 2 ** 20;
  return {
    namespace: "shop",
    kind: "Deployment",
    name,
    containers: [
      {
        name: "app",
        image: "registry.example/app:1",
        resources: { requests: { cpu, memory: "64Mi" }, limits: {} },
        cpu: { shape: "steady", low: cores, high: cores },
        memory: { shape: "steady", low: bytes, high: bytes },
      },
    ],
  } as const;
}
