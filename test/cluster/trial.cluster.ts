import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage } from "../../demo/stage.ts";
import { parseWorkloadKey, type WorkloadId } from "../../src/domain/workload.ts";
import { openTrialCluster } from "../../src/resize/kubernetes-trial-cluster.ts";
import { type AdvancedTrial, advanceTrial, HELD_MS } from "../../src/sweep/trials/advance-trial.ts";
import { beginTrial, type TrialOrder } from "../../src/sweep/trials/begin-trial.ts";
import { createTrials } from "../../src/sweep/trials/trials.ts";
import type { NewSize } from "../../src/trial/next-step.ts";
import type { TrialCluster } from "../../src/trial/trial-cluster.ts";
import type { Trial } from "../../src/trial/trial.ts";
import { usageOf } from "../app/usage-of.ts";
import { type ControlPlane, programs, startControlPlane, type User } from "./support/control-plane.ts";

const RBAC = path.join(import.meta.dirname, "..", "..", "deploy", "rbac-trial.yaml");
const HOUR = 3_600_000;

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly containers: readonly [{ readonly resources: object }] };
  readonly status: PodStatus;
}

interface PodStatus {
  readonly conditions: readonly { readonly type: string; readonly [more: string]: unknown }[];
  readonly containerStatuses: readonly [{ readonly resources?: object; readonly [more: string]: unknown }];
}

describe.skipIf(programs === undefined)("a trial on a real API server", () => {
  let plane: ControlPlane;
  let loadline: User;
  /** Loadline's, which may be ahead. */
  let aheadMs: number;
  const now = (): number => Date.now() + aheadMs;

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const namespace of ["shop", "loadline"]) await plane.createNamespace(namespace);
    await plane.apply(await readFile(RBAC, "utf8"));
    loadline = await plane.serviceAccount("loadline", "loadline");
    const bind = async (kind: "role" | "clusterrole", ...more: string[]): Promise<string> =>
      await plane.kubectl(
        [
          "create",
          `${kind}binding`,
          "trial",
          `--${kind}=loadline-trial`,
          "--serviceaccount=loadline:loadline",
        ].concat(more),
      );
    await bind("role", "--namespace=loadline");
    await bind("clusterrole");
    await deploy("api");
    await deploy("web");
  });
  afterAll(() => plane[Symbol.asyncDispose]());
  beforeEach(() => {
    aheadMs = 0;
  });

  const open = (user: User = loadline): Promise<TrialCluster> =>
    openTrialCluster({ access: { kubeconfig: user.kubeconfig }, namespace: "loadline", now, warn: fail });

  async function deploy(
    name: string,
    replicas = 2,
    more: readonly object[] = [],
    initContainers: readonly object[] = [],
  ): Promise<void> {
    const resources = { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "1Gi" } };
    await plane.apply([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: "shop" },
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              initContainers,
              containers: [{ name: "app", image: "registry.example/app:1", resources }, ...more],
            },
          },
        },
      },
    ]);
    await plane.kubectl(["rollout", "status", `deployment/${name}`, "--namespace=shop", "--timeout=60s"]);
  }

  const podsOf = async (name: string): Promise<readonly Pod[]> =>
    await plane.api.list<Pod>(`/api/v1/namespaces/shop/pods?labelSelector=app%3D${name}`);
  const sizesOf = async (name: string): Promise<string[]> =>
    (await podsOf(name)).map(({ spec }) => JSON.stringify(spec.containers[0].resources)).sort();
  const leases = async (): Promise<readonly object[]> =>
    await plane.api.list("/apis/coordination.k8s.io/v1/namespaces/loadline/leases");

  /** What the node of a pod says of it. */
  const says = async (name: string, change: (status: PodStatus, pod: Pod) => object): Promise<void> => {
    const path = `/api/v1/namespaces/shop/pods/${name}`;
    const pod = await plane.api.get<Pod>(path);
    await plane.api.patch(`${path}/status`, { status: change(pod.status, pod) });
  };
  const container = async (name: string, change: object): Promise<void> =>
    await says(name, ({ containerStatuses: [one] }) => ({ containerStatuses: [{ ...one, ...change }] }));
  const resizePending = async (name: string, reason?: string): Promise<void> =>
    await says(name, ({ conditions }) => ({
      conditions: [
        ...conditions.filter(({ type }) => type !== "PodResizePending"),
        ...(reason === undefined
          ? []
          : [{ type: "PodResizePending", status: "True", reason, message: "no room" }]),
      ],
    }));
  /** It gives the pods what they ask for; kwok takes its time. */
  const nodeActs = async (name = "api"): Promise<void> => {
    for (const { metadata, spec } of await podsOf(name))
      await container(metadata.name, { resources: spec.containers[0].resources });
  };

  const OLD = JSON.stringify({ limits: { memory: "1Gi" }, requests: { cpu: "500m", memory: "512Mi" } });
  const NEW = JSON.stringify({ limits: { memory: "1Gi" }, requests: { cpu: "200m", memory: "256Mi" } });

  const order = (name: string): TrialOrder => ({
    cluster: "prod",
    wish: {
      workload: idOf(`Deployment/shop/${name}`),
      restarts: false,
      containers: [
        {
          name: "app",
          changes: [
            { field: "requests.cpu", before: "500m", after: "200m" },
            { field: "requests.memory", before: "512Mi", after: "256Mi" },
          ],
        },
      ],
    },
    seconds: 7200,
    repository: "acme/shop",
    pull: 7,
    by: "alice",
    evidence: "0123456789abcdef",
  });

  const begin = async (cluster: TrialCluster, name: string, holder = "one", atOnce = 20) =>
    await beginTrial(cluster, order(name), { holder, now, atOnce });
  const begun = async (cluster: TrialCluster, name: string, holder?: string): Promise<Trial> => {
    const trial = await begin(cluster, name, holder);
    if ("code" in trial) throw new Error(trial.message);
    return trial;
  };

  /** What a Loadline does in each of its rounds. */
  const round = async (
    cluster: TrialCluster,
    holder = "one",
    stop?: string,
  ): Promise<(AdvancedTrial | undefined)[]> => {
    const advanced: (AdvancedTrial | undefined)[] = [];
    for (const found of await cluster.trials()) {
      const one = await advanceTrial(cluster, found, { holder, now, whyStop: () => Promise.resolve(stop) });
      if (one?.finished) await cluster.drop(one.kept);
      advanced.push(one);
    }
    return advanced;
  };
  /** Rounds between which the node acts, until nothing is kept any more; gives the last that was written. */
  const untilGone = async (cluster: TrialCluster, holder = "one"): Promise<Trial | undefined> => {
    let last: Trial | undefined;
    for (let rounds = 0; rounds < 10 && (await leases()).length > 0; rounds++) {
      for (const one of await round(cluster, holder)) last = one?.kept.trial ?? last;
      await nodeActs();
    }
    expect(await leases()).toEqual([]);
    return last;
  };
  const untilRunning = async (cluster: TrialCluster): Promise<void> => {
    await round(cluster);
    await nodeActs();
    const [one] = await round(cluster);
    expect(one?.kept.trial.resizedAt).toBeDefined();
  };

  it("gives one pod the new size, and its old one back, with the rights of deploy/rbac-trial.yaml alone", async () => {
    await using cluster = await open();
    const trial = await begun(cluster, "api");
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
    await untilRunning(cluster);
    expect(await sizesOf("api")).toEqual([NEW, OLD].sort());
    const [before] = await podsOf("api");
    aheadMs = 3 * HOUR;
    expect(await untilGone(cluster)).toMatchObject({ ended: { how: "held" }, pod: trial.pod });
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
    expect((await podsOf("api"))[0]?.metadata.uid).toBe(before?.metadata.uid);
  });

  it("may not do more than that", async () => {
    const may = async (...what: string[]): Promise<string> =>
      await plane
        .kubectl(["auth", "can-i", ...what, "--as=system:serviceaccount:loadline:loadline"])
        .catch(() => "no");
    expect(await may("patch", "pods", "--subresource=resize", "--namespace=shop")).toBe("yes");
    for (const what of [
      ["patch", "pods"],
      ["update", "pods"],
      ["delete", "pods"],
      ["create", "leases"],
      ["get", "secrets"],
      ["patch", "deployments"],
    ])
      expect([...what, await may(...what, "--namespace=shop")]).toEqual([...what, "no"]);
  });

  it("says which right is missing", async () => {
    await using cluster = await open(await plane.serviceAccount("shop", "nobody"));
    expect(await begin(cluster, "api")).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("deploy/rbac-trial.yaml"),
    });
  });

  /** Every write, and whether it was done before Loadline was killed. */
  const KILLS = Array.from({ length: 11 }, (_, index) => index + 1).flatMap((write) =>
    [true, false].map((done) => ({ write, done })),
  );
  it.each(KILLS)("killed at write $write (done: $done), another Loadline puts the pod back", async (kill) => {
    await using real = await open();
    const killed = mortal(real, kill);
    try {
      await begun(killed, "api", "killed");
      for (const ahead of [0, 0, 3 * HOUR, 3 * HOUR, 3 * HOUR]) {
        aheadMs = ahead;
        await round(killed, "killed");
        await nodeActs();
      }
      // The node may be so quick that it takes fewer.
      expect(await leases()).toEqual([]);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    // What the dead one still holds is taken from it when it does not come back.
    const before = await sizesOf("api");
    await round(real, "other");
    if (aheadMs === 0) expect(await sizesOf("api")).toEqual(before);
    aheadMs += HELD_MS + 3 * HOUR;
    await untilGone(real, "other");
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
  });

  it.each(["Infeasible", "Deferred"])(
    "a node that says %s is believed, and the pod put back",
    async (reason) => {
      await using cluster = await open();
      const trial = await begun(cluster, "api");
      await resizePending(trial.pod.name, reason);
      await round(cluster);
      if (reason === "Deferred") {
        expect(await sizesOf("api")).toContain(NEW);
        aheadMs = 11 * 60_000;
        await round(cluster);
      }
      expect(await sizesOf("api")).toEqual([OLD, OLD]);
      // It still says so until the node has looked again.
      expect(await leases()).toHaveLength(1);
      await resizePending(trial.pod.name);
      expect(await untilGone(cluster)).toMatchObject({ ended: { how: reason.toLowerCase() } });
    },
  );

  it("an OOM kill ends it at once", async () => {
    await using cluster = await open();
    const trial = await begun(cluster, "api");
    await untilRunning(cluster);
    const finishedAt = new Date(Date.now() + 1000).toISOString().replace(/\.\d+/, "");
    await container(trial.pod.name, {
      restartCount: 1,
      lastState: {
        terminated: { exitCode: 137, reason: "OOMKilled", startedAt: finishedAt, finishedAt },
      },
    });
    expect(await untilGone(cluster)).toMatchObject({ ended: { how: "oom-killed" } });
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
  });

  it("a pod that goes away takes its trial along", async () => {
    await using cluster = await open();
    const trial = await begun(cluster, "api");
    await untilRunning(cluster);
    await plane.kubectl(["delete", `pod/${trial.pod.name}`, "--namespace=shop", "--wait=true"]);
    expect(await untilGone(cluster)).toMatchObject({ ended: { how: "gone" } });
    await vi.waitFor(async () => expect(await sizesOf("api")).toEqual([OLD, OLD]), 10_000);
    await plane.kubectl(["rollout", "status", "deployment/api", "--namespace=shop", "--timeout=60s"]);
  });

  it("who deletes its Lease ends it, and the Lease stays until the pod is back", async () => {
    await using cluster = await open();
    await begun(cluster, "api");
    await untilRunning(cluster);
    await plane.kubectl(["delete", "leases", "--namespace=loadline", "--all", "--wait=false"]);
    expect(await leases()).toHaveLength(1);
    expect(await untilGone(cluster)).toMatchObject({ ended: { how: "stopped" } });
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
  });

  it("of two Loadlines that begin one at the same moment, one does; and one alone goes on with it", async () => {
    await using one = await open();
    await using two = await open();
    const both = await Promise.all([begin(one, "api", "one"), begin(two, "api", "two")]);
    expect(both.filter((result) => !("code" in result))).toHaveLength(1);
    expect(both.filter((result) => "code" in result && result.code === "taken")).toHaveLength(1);
    const winner = "code" in (both[0] ?? {}) ? "two" : "one";
    const loser = winner === "one" ? "two" : "one";
    expect(await round(loser === "one" ? one : two, loser)).toEqual([undefined]);
    const rounds = await Promise.all([round(one, winner), round(two, winner)]);
    expect(rounds.flat().filter((advanced) => advanced !== undefined).length).toBeGreaterThan(0);
    aheadMs = 3 * HOUR;
    await untilGone(one, winner);
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
  });

  it("no more than are allowed are under way in a cluster", async () => {
    await using cluster = await open();
    const results = await Promise.all(["api", "web"].map((name) => begin(cluster, name, "one", 1)));
    expect(results.filter((result) => !("code" in result)).length).toBeLessThan(2);
    for (const result of results) if ("code" in result) expect(result.code).toBe("at-once");
    aheadMs = 3 * HOUR;
    await untilGone(cluster);
    expect(await begin(cluster, "api", "one", 1)).not.toHaveProperty("code");
    expect(await begin(cluster, "web", "one", 1)).toMatchObject({ code: "at-once" });
    expect(await leases()).toHaveLength(1);
    aheadMs = 6 * HOUR;
    await untilGone(cluster);
  });

  it("several containers, and some of them, are resized where they stand", async () => {
    await using cluster = await open();
    const resources = { requests: { cpu: "500m", memory: "512Mi" } };
    const more = ["b", "c"].map((name) => ({ name, image: "registry.example/app:1", resources }));
    const sidecar = { name: "s", restartPolicy: "Always", image: "registry.example/app:1", resources };
    await deploy("many", 2, more, [sidecar]);
    const situation = await cluster.situation(idOf("Deployment/shop/many"));
    const [pod] = "pods" in situation ? situation.pods : [];
    if (!pod) throw new Error("no pod");
    const amounts: NewSize["amounts"] = new Map([["requests.cpu", "200m"]]);
    const size = (container: string, role: NewSize["role"]): NewSize => ({ container, role, amounts });
    for (const sizes of [
      [size("c", "main")],
      [size("c", "main"), size("app", "main"), size("s", "sidecar"), size("b", "main")],
    ])
      expect(await cluster.resize("shop", pod, sizes, true)).toEqual({ status: "done" });
  });

  it("budgets, autoscalers and the number of ready pods have their say", async () => {
    await using cluster = await open();
    await deploy("alone", 1);
    expect(await begin(cluster, "alone")).toMatchObject({ code: "last-pod" });
    const selector = { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] };
    await plane.apply([
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "web", namespace: "shop" },
        spec: { minAvailable: 2, selector },
      },
    ]);
    expect(await begin(cluster, "web")).toMatchObject({ code: "budget" });
    await plane.kubectl(["delete", "pdb/web", "--namespace=shop"]);
    await plane.kubectl(["autoscale", "deployment/web", "--namespace=shop", "--max=5", "--cpu=70%"]);
    expect(await begin(cluster, "web")).toMatchObject({ code: "autoscaled" });
  });

  it("the API server has the last word, asked before anything is written down", async () => {
    await using cluster = await open();
    const found = await cluster.situation(idOf("Deployment/shop/api"));
    const [pod] = "pods" in found ? found.pods : [];
    if (!pod) throw new Error("no pod");
    const amounts = new Map([["requests.memory", "2Gi"]] as const);
    const sizes = [{ container: "app", role: "main", amounts } as const];
    expect(await cluster.resize("shop", pod, sizes, true)).toMatchObject({
      status: "refused",
      message: expect.stringContaining("must be less than or equal to memory limit"),
    });
    expect(await cluster.resize("shop", { ...pod, resourceVersion: "1" }, sizes, true)).toEqual({
      status: "changed",
    });
    expect(await cluster.resize("shop", { ...pod, name: "nobody" }, sizes, true)).toEqual({ status: "gone" });
    expect(await sizesOf("api")).toEqual([OLD, OLD]);
  });
});

describe.skipIf(programs === undefined)("/loadline try in a pull request, on a real API server", () => {
  it("gives a pod the proposed values and puts it back, also when the App is another one by then", async () => {
    await using plane = await startControlPlane();
    for (const namespace of ["shop", "loadline"]) await plane.createNamespace(namespace);
    const manifests = path.join(DEMO_REPOSITORY, "apps", "storefront");
    await plane.kubectl(["apply", "--namespace=shop", `--filename=${manifests}`]);
    await plane.kubectl(["rollout", "status", "deployment/storefront", "--namespace=shop", "--timeout=60s"]);
    let nowMs = Date.UTC(2026, 10, 20);
    await using stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await usageOf(["storefront"], nowMs),
      window: "2d",
      cluster: `    kubeconfig: ${plane.admin.kubeconfig}\n    trials: {}\n`,
      config: "policy: { window: 2d, trial: { longest: 4h } }\n",
      now: () => nowMs,
    });
    await stage.quiet();
    await stage.serving.sweeper.sweep();
    stage.repository.addCollaborator("alice", "write");
    const pull = stage.repository.pulls().find(({ title }) => title.includes("apps/storefront"));
    if (!pull) throw new Error("no pull request");
    const cpus = async (): Promise<string[]> => {
      const pods = await plane.api.list<{
        spec: { containers: { name: string; resources: { requests: { cpu: string } } }[] };
      }>("/api/v1/namespaces/shop/pods");
      return pods
        .map(({ spec }) => spec.containers.find(({ name }) => name === "web")?.resources.requests.cpu ?? "")
        .sort();
    };
    const last = (): string => stage.repository.comments(pull.number).at(-1)?.body ?? "";
    stage.repository.comment(pull.number, "alice", "/loadline try 1h");
    await stage.quiet();
    await vi.waitFor(async () => {
      await stage.serving.trials.round();
      expect(last()).toContain("One pod has the proposed values since");
    }, 30_000);
    expect(await cpus()).toEqual(["1", "1", "500m"]);
    nowMs += 2 * HOUR;
    const other = createTrials(stage.setup);
    await vi.waitFor(async () => {
      await other.round();
      expect(await cpus()).toEqual(["1", "1", "1"]);
    }, 30_000);
    expect(last()).toContain("**It held**");
  });
});

class Killed extends Error {}

/** Dies at its n-th write, before or after it is done, and does nothing from then on. */
function mortal(real: TrialCluster, { write, done }: { write: number; done: boolean }): TrialCluster {
  let left = write;
  const alive = (): void => {
    if (left <= 0) throw new Killed();
  };
  const writing = async <T>(work: () => Promise<T>): Promise<T> => {
    alive();
    left -= 1;
    if (left > 0) return await work();
    if (done) await work();
    throw new Killed();
  };
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    alive();
    return await work();
  };
  return {
    situation: (...of) => reading(() => real.situation(...of)),
    pod: (...of) => reading(() => real.pod(...of)),
    trials: () => reading(() => real.trials()),
    resize: (namespace, pod, sizes, dryRun) =>
      dryRun
        ? reading(() => real.resize(namespace, pod, sizes, true))
        : writing(() => real.resize(namespace, pod, sizes)),
    claim: (...of) => writing(() => real.claim(...of)),
    keep: (...of) => writing(() => real.keep(...of)),
    drop: (...of) => writing(() => real.drop(...of)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function idOf(key: string): WorkloadId {
  const id = parseWorkloadKey(key);
  if (!id) throw new Error(key);
  return id;
}

function fail(warning: string): never {
  throw new Error(warning);
}
