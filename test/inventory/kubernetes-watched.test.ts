import { describe, expect, test, vi } from "vitest";
import { workloadKey } from "../../src/domain/workload.ts";
import { watchedInventory } from "../../src/inventory/kubernetes-watched.ts";
import { sendStatus } from "../support/kubernetes-api.ts";
import { objectOf, workload } from "../support/kubernetes-objects.ts";
import { idOf, testCluster } from "./test-cluster.ts";

const cluster = testCluster();
const DEPLOYMENTS = "apps/v1/deployments";
const QUICK = { settleMs: 20, backoffMs: 10, longestBackoffMs: 40 };

const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, 20_000);

async function watching(waitMs = 10_000) {
  const seen = { broken: 0, expired: 0, watch: 0, list: 0 };
  const inventory = watchedInventory(
    { kubeconfig: await cluster.api.kubeconfig() },
    {
      report: { restarted: (reason) => void seen[reason]++, wasRead: (from) => void seen[from]++ },
      limits: { tries: 2, backoffMs: 10 },
      watch: { ...QUICK, waitMs },
    },
  );
  const asked = (verb: string, resource = "deployments"): number =>
    cluster.api.requests.filter((one) => one.verb === verb && one.resource === resource).length;
  return {
    seen,
    begun: () => eventually(() => expect(cluster.api.watchersOf(DEPLOYMENTS)).toBe(1)),
    asked,
    discover: async () => {
      const { workloads, warnings } = await inventory.discover({ namespaces: [], labels: {} });
      return { names: workloads.map(({ name }) => name), keys: workloads.map(workloadKey), warnings };
    },
    [Symbol.asyncDispose]: () => inventory[Symbol.asyncDispose](),
  };
}

/** As the API server holds it at a version. */
function deployment(name: string, resourceVersion: string) {
  return objectOf(workload(idOf(`Deployment/shop/${name}`)), { resourceVersion });
}

describe("an inventory that watches", { timeout: 60_000 }, () => {
  test("lists once, and knows of what comes, changes and goes without asking again", async () => {
    cluster.live("Deployment/shop/api");
    await using watched = await watching();
    expect((await watched.discover()).names).toEqual(["api"]);
    await watched.begun();
    cluster.api.tell(DEPLOYMENTS, "ADDED", deployment("web", "5001"));
    cluster.api.tell(DEPLOYMENTS, "DELETED", deployment("api", "5002"));
    await eventually(async () => expect((await watched.discover()).names).toEqual(["web"]));
    expect(watched.asked("list")).toBe(1);
    expect(watched.seen.watch).toBeGreaterThan(0);
  });

  test("goes on from the last version it heard of where the watch breaks", async () => {
    await using watched = await watching();
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched.begun();
    cluster.api.tell(DEPLOYMENTS, "BOOKMARK", { metadata: { resourceVersion: "6000" } });
    await watched.discover();
    cluster.api.endWatches();
    await eventually(() => expect(watched.asked("watch")).toBe(2));
    const versions = cluster.api.requests
      .filter(({ verb, resource }) => verb === "watch" && resource === "deployments")
      .map(({ query }) => query.get("resourceVersion"));
    expect(versions).toEqual(["4711", "6000"]);
    expect(watched.asked("list")).toBe(1);
  });

  test.each(["in the stream", "at once"])("lists anew what the server says %s has expired", async (how) => {
    await using watched = await watching();
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched.begun();
    cluster.live("Deployment/shop/missed");
    if (how === "in the stream")
      cluster.api.tell(DEPLOYMENTS, "ERROR", { kind: "Status", code: 410, reason: "Expired" });
    else {
      let refused = false;
      cluster.api.interfere = ({ verb, resource }, response) => {
        if (refused || verb !== "watch" || resource !== "deployments") return false;
        refused = true;
        sendStatus(response, 410, "Expired", "too old resource version: 4711 (6000)");
        return true;
      };
      cluster.api.endWatches();
    }
    await eventually(async () => expect((await watched.discover()).names).toEqual(["api", "missed"]));
    expect(watched.asked("list")).toBe(2);
    expect(watched.seen.expired).toBe(1);
  });

  test("goes on from where it is where the watch breaks after the list was read anew", async () => {
    await using watched = await watching();
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched.begun();
    cluster.api.tell(DEPLOYMENTS, "ERROR", { kind: "Status", code: 410, reason: "Expired" });
    await eventually(() => expect(cluster.api.watchersOf(DEPLOYMENTS)).toBe(2));
    cluster.api.endWatches();
    await eventually(() => expect(watched.asked("watch")).toBe(3));
    expect(watched.asked("list")).toBe(2);
  });

  test("never watches what changes all the time", async () => {
    await using watched = await watching();
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched.begun();
    await watched.discover();
    for (const resource of ["nodes", "horizontalpodautoscalers", "resourcequotas"])
      expect([resource, watched.asked("watch", resource), watched.asked("list", resource)]).toEqual([
        resource,
        0,
        2,
      ]);
  });

  test("lists where the watch is broken for too long, and says for how long", async () => {
    await using watched = await watching(300);
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched.begun();
    cluster.api.interfere = ({ verb, resource }, response) => {
      if (verb !== "watch" || resource !== "deployments") return false;
      response.destroy();
      return true;
    };
    const sinceMs = performance.now();
    cluster.api.endWatches();
    cluster.live("Deployment/shop/missed");
    await eventually(() => expect(watched.seen.broken).toBeGreaterThan(0));
    await eventually(async () => {
      const { names, warnings } = await watched.discover();
      expect(names).toEqual(["api", "missed"]);
      expect(warnings).toContainEqual(
        expect.stringMatching(
          /^The watch of deployments has been broken for \d+ s: they were listed instead$/,
        ),
      );
    });
    // It does not ask as fast as it can.
    expect(watched.asked("watch")).toBeLessThan(10 + (performance.now() - sinceMs) / 20);
    cluster.api.interfere = () => false;
    await eventually(async () => expect((await watched.discover()).warnings).toEqual([]));
  });

  test("lists what it may not watch, names the rule, and watches once it may", async () => {
    await using watched = await watching(300);
    cluster.live("Deployment/shop/api");
    cluster.api.allows = ({ verb, resource }) => verb !== "watch" || resource !== "deployments";
    await watched.discover();
    await eventually(async () =>
      expect(await watched.discover()).toMatchObject({
        names: ["api"],
        warnings: [
          'Missing permission: verb "watch" on resource "deployments" in API group "apps", in every namespace: each sweep lists them anew. Grant it (deploy/rbac.yaml)',
        ],
      }),
    );
    cluster.api.allows = () => true;
    await eventually(async () => expect((await watched.discover()).warnings).toEqual([]));
  });

  test("lets nobody wait for what it may not watch", async () => {
    await using watched = await watching(60_000);
    cluster.live("Deployment/shop/api");
    const refusing = Promise.withResolvers<void>();
    cluster.api.interfere = async ({ verb, resource }) => {
      if (verb === "watch" && resource === "deployments") await refusing.promise;
      return false;
    };
    cluster.api.allows = ({ verb, resource }) => verb !== "watch" || resource !== "deployments";
    await watched.discover();
    await eventually(() => expect(watched.asked("watch")).toBe(1));
    const waiting = watched.discover();
    setTimeout(() => refusing.resolve(), 300);
    expect((await waiting).names).toEqual(["api"]);
  }, 15_000);

  test("watches again no sooner than the server asks for", async () => {
    await using watched = await watching(100);
    cluster.live("Deployment/shop/api");
    let refusedMs = 0;
    cluster.api.interfere = ({ verb, resource }, response) => {
      if (verb !== "watch" || resource !== "deployments" || refusedMs > 0) return false;
      refusedMs = performance.now();
      response.setHeader("retry-after", "1");
      sendStatus(response, 429, "TooManyRequests", "too many requests");
      return true;
    };
    await watched.discover();
    await eventually(() => expect(watched.asked("watch")).toBe(2));
    expect(performance.now() - refusedMs).toBeGreaterThan(950);
  });

  test("has nothing open when it is disposed of", async () => {
    const watched = await watching();
    cluster.live("Deployment/shop/api");
    await watched.discover();
    await watched[Symbol.asyncDispose]();
    await eventually(() => expect(cluster.api.connections.open).toBe(0));
  });
});
