import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import { deliveryChain, deliveryName, revisionsOf } from "../../src/followup/delivery-chain.ts";
import { hindrance } from "../../src/followup/hindrance.ts";

const [NEW, OLD] = ["a".repeat(40), "b".repeat(40)];
const SHOP = "github.com/acme/shop";
const API = { group: "apps", kind: "Deployment", namespace: "shop", name: "api" };

const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  tool: "Argo CD",
  kind: "Application",
  namespace: "argocd",
  name: "shop",
  labels: {},
  annotations: {},
  destination: { here: true },
  sources: [{ type: "git", repository: SHOP, revision: NEW, deployedRevision: OLD }],
  objects: [API],
  sync: "Synced",
  health: "Healthy",
  conditions: [],
  automated: true,
  selfHeal: true,
  prune: true,
  deniedBy: [],
  ignoresResources: [],
  ignoresInline: [],
  respectsIgnored: false,
  ...change,
});
const chainOf = (...deliveries: readonly Delivery[]) =>
  deliveryChain(API, "prod", SHOP, (cluster) => ({
    cluster,
    unseen: [],
    deliveries: deliveries.map((one) => ({
      delivery: one,
      readIn: "prod",
      placed: one.destination.here ? "here" : "elsewhere",
    })),
  }));

describe("from a workload to the repository", () => {
  it("leads the delivery that made it, or that made what made it", () => {
    expect(chainOf(delivery()).map(deliveryName)).toEqual(["Application argocd/shop"]);
    const release = delivery({
      tool: "Flux",
      kind: "HelmRelease",
      namespace: "shop",
      name: "api",
      sources: [{ type: "helm", revision: "1.2.3" }],
    });
    const kustomization = delivery({
      tool: "Flux",
      kind: "Kustomization",
      namespace: "flux-system",
      name: "apps",
      objects: [{ group: "helm.toolkit.fluxcd.io", kind: "HelmRelease", namespace: "shop", name: "api" }],
    });
    expect(chainOf(release, kustomization).map(deliveryName)).toEqual([
      "HelmRelease shop/api",
      "Kustomization flux-system/apps",
    ]);
  });

  it("goes on from a release whose chart lies in the repository, as it tells no commit", () => {
    const release = delivery({
      tool: "Flux",
      kind: "HelmRelease",
      namespace: "shop",
      name: "api",
      sources: [{ type: "git", repository: SHOP, path: "chart", revision: "1.0.0" }],
    });
    const objects = [
      { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease", namespace: "shop", name: "api" },
    ];
    const kustomization = delivery({ tool: "Flux", kind: "Kustomization", name: "apps", objects });
    const chain = chainOf(release, kustomization);
    expect(chain.map(deliveryName)).toEqual(["HelmRelease shop/api", "Kustomization argocd/apps"]);
    expect(revisionsOf(chain, SHOP)).toEqual([NEW]);
    expect(chainOf(release).map(deliveryName)).toEqual(["HelmRelease shop/api"]);
  });

  it("leads nothing where two claim it, where it is for another cluster, or where it goes in circles", () => {
    expect(chainOf(delivery(), delivery({ name: "other" }))).toEqual([]);
    expect(chainOf(delivery({ destination: { here: false } }))).toEqual([]);
    const circle = delivery({
      sources: [],
      objects: [API, { group: "argoproj.io", kind: "Application", namespace: "argocd", name: "shop" }],
    });
    expect(chainOf(circle)).toEqual([]);
  });

  it("leads those that are known where a release that reads the repository is delivered deeper than can be followed", () => {
    const releases = Array.from({ length: 9 }, (_, depth) => {
      const inner = { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease", namespace: "shop" };
      const objects = depth === 0 ? [API] : [{ ...inner, name: `release-${depth - 1}` }];
      const names = { kind: "HelmRelease", namespace: "shop", name: `release-${depth}` } as const;
      return delivery({ tool: "Flux", ...names, objects });
    });
    expect(chainOf(...releases)).toHaveLength(8);
  });

  it("the revision that was compared counts where it is synced, else the one that was applied", () => {
    expect(revisionsOf([delivery()], SHOP)).toEqual([NEW]);
    expect(revisionsOf([delivery({ sync: "OutOfSync" })], SHOP)).toEqual([OLD]);
    // An application that never synced has the name of the branch there.
    const never = delivery({ sources: [{ type: "git", repository: SHOP, revision: "main" }] });
    expect(revisionsOf([never], SHOP)).toEqual([]);
  });
});

describe("why a delivery waits", () => {
  const window = {
    kind: "deny",
    schedule: "0 22 * * *",
    durationSeconds: 28_800,
    timeZone: "UTC",
    manualSync: false,
  } as const;
  const cases: readonly [string, Partial<Delivery>, string | undefined][] = [
    ["nothing where it is synced and healthy", {}, undefined],
    ["suspended", { tool: "Flux", health: "Suspended" }, "Application argocd/shop is suspended"],
    [
      "comparison-error",
      { conditions: [{ type: "ComparisonError", message: "no such\n  chart" }] },
      "Application argocd/shop can't compare the repository with the cluster: no such chart",
    ],
    [
      "sync-failed",
      { operation: { phase: "Failed", message: "hook failed", revisions: [] } },
      "Application argocd/shop failed to sync: hook failed",
    ],
    [
      "pinned",
      { sources: [{ type: "git", repository: SHOP, pinned: "tag", targetRevision: "v1" }] },
      "Application argocd/shop follows the tag v1, which a merge does not move",
    ],
    [
      "sync-window",
      { sync: "OutOfSync", deniedBy: [window] },
      'Application argocd/shop may not sync now: it is denied from "0 22 * * *" (UTC) for 8h',
    ],
    [
      "sync-window",
      {
        sync: "OutOfSync",
        deniedBy: [window],
        syncTurn: { atMs: Date.UTC(2026, 10, 23, 6), timeZone: "UTC" },
      },
      'Application argocd/shop may not sync now: it is denied from "0 22 * * *" (UTC) for 8h; it may again on Monday, 23 November 2026 at 06:00 (UTC)',
    ],
    [
      "manual-sync",
      { sync: "OutOfSync", automated: false },
      "Application argocd/shop is synced by hand, which nobody has done yet",
    ],
    ["degraded", { health: "Degraded", message: "crash" }, "Application argocd/shop is degraded: crash"],
  ];
  it.each(cases)("%s", (code, change, message) => {
    expect(hindrance(delivery(change))).toEqual(message === undefined ? undefined : { code, message });
  });
});
