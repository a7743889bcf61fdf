import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Advice } from "../../src/advice/advise.ts";
import { podAmount } from "../../src/advice/pod-amount.ts";
import { fitting } from "../../src/advice/together.ts";
import { baseUnits } from "../../src/domain/quantity.ts";
import { type Resources, withAmount } from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS, type Quota, type Surroundings } from "../../src/domain/surroundings.ts";
import type { Container, Workload } from "../../src/domain/workload.ts";
import { workload } from "./workload.ts";

/** `500m`, or `500m → 1`, of CPU requests. */
type Ask = string;

interface Said extends Partial<Workload> {
  readonly name: string;
  /** By container. */
  readonly asks: Readonly<Record<string, Ask>>;
  readonly urgent?: boolean;
}

interface Advised {
  readonly workload: Workload;
  readonly container: Container;
  readonly advice: Advice;
}

/** Workloads of which CPU requests are to change. */
function advised(...all: readonly Said[]): Advised[] {
  return all.flatMap(({ asks, urgent = false, ...said }) => {
    const containers = Object.entries(asks).map(([name, ask]): Container => ({
      name,
      role: name.startsWith("init") ? "init" : "main",
      resources: { requests: { cpu: ask.split(" → ")[0] }, limits: {} },
    }));
    const whose = workload({ kind: "StatefulSet", replicas: 1, ...said, containers });
    return containers.map((container) => {
      const [, to] = asks[container.name]?.split(" → ") ?? [];
      const recommended = to === undefined ? null : withAmount(container.resources, "requests.cpu", to);
      return { workload: whose, container, advice: adviceOf(recommended, urgent) };
    });
  });
}

function adviceOf(recommended: Resources | null, urgent: boolean): Advice {
  const reason = { resource: "cpu", code: "throttled", message: "it had too little" } as const;
  return {
    recommended,
    held: [],
    because: recommended ? [{ resource: "cpu", sentence: "it uses more" }] : [],
    guarded: [],
    urgent: urgent ? [reason] : [],
    confidence: 0.9,
    confidenceLevel: "high",
  };
}

function cpuQuota(left: number, hard = 10): Quota {
  return {
    namespace: "shop",
    name: "team",
    hard: { requests: { cpu: String(hard) }, limits: {} },
    used: { requests: { cpu: String(hard - left) }, limits: {} },
  };
}

function judged(left: number, ...all: readonly Said[]) {
  return fitting(advised(...all), { ...NO_SURROUNDINGS, quotas: [cpuQuota(left)] });
}

/** `a/app: 1`, where something is recommended. */
function granted(all: readonly Advised[]): string[] {
  return all.flatMap(({ workload: { name }, container, advice: { recommended } }) =>
    recommended ? [`${name}/${container.name}: ${recommended.requests.cpu}`] : [],
  );
}

function heldIn(all: readonly Advised[]): string[] {
  return all.flatMap(({ workload: { name }, advice: { held } }) =>
    held.map(({ code, message }) => `${name} ${code}: ${message}`),
  );
}

describe("raises in a namespace with a ResourceQuota", () => {
  it("that each fit are held where together they do not, by name, with the numbers", () => {
    const all = judged(
      3,
      { name: "b", replicas: 4, asks: { app: "500m → 1" } },
      { name: "a", replicas: 2, asks: { app: "500m → 1" } },
      { name: "c", asks: { app: "1 → 1500m" } },
    );
    expect(granted(all)).toEqual(["b/app: 1", "a/app: 1"]);
    expect(heldIn(all)).toEqual([
      'c quota: 1500m would do, but the ResourceQuota "team" has 3 left of its 10 requests.cpu, and 3500m would be needed: 500m more in a pod, 3 for what is raised before it',
    ]);
  });

  it("let what had too little go first", () => {
    const all = judged(
      1,
      { name: "a", asks: { app: "1 → 2" } },
      { name: "z", asks: { app: "1 → 2" }, urgent: true },
    );
    expect(granted(all)).toEqual(["z/app: 2"]);
  });

  it("that do not fit keep nothing smaller from being raised after them", () => {
    const all = judged(1, { name: "a", asks: { app: "1 → 3" } }, { name: "b", asks: { app: "1 → 2" } });
    expect(granted(all)).toEqual(["b/app: 2"]);
  });

  it("do not count on what is lowered beside them", () => {
    const all = judged(1, { name: "a", asks: { app: "4 → 1" } }, { name: "b", asks: { app: "1 → 3" } });
    expect(granted(all)).toEqual(["a/app: 1"]);
  });

  it("leave room for the pod that an update of a Deployment starts before it stops one", () => {
    const deployment = { kind: "Deployment", name: "a", asks: { app: "1 → 1500m" } } as const;
    expect(granted(judged(1.5, { ...deployment, replicas: 2 }))).toEqual([]);
    expect(heldIn(judged(1.5, { ...deployment, replicas: 2 }))).toEqual([
      'a quota: 1500m would do, but the ResourceQuota "team" has 1500m left of its 10 requests.cpu, and 2 would be needed: 500m more in each of 2 pods, 1 beside them during an update',
    ]);
    expect(granted(judged(2, { ...deployment, replicas: 2 }))).toEqual(["a/app: 1500m"]);
    // Of four, one may be missing; so may all of what is recreated.
    expect(granted(judged(2, { ...deployment, replicas: 4 }))).toEqual(["a/app: 1500m"]);
    expect(granted(judged(1, { ...deployment, replicas: 2, podsBesideUpdate: 0 }))).toEqual(["a/app: 1500m"]);
  });

  it("need that room once, however many are updated", () => {
    const pair = ["a", "b"].map((name) => ({
      kind: "Deployment" as const,
      name,
      asks: { app: "1 → 1500m" },
    }));
    expect(granted(judged(2, ...pair))).toEqual(["a/app: 1500m", "b/app: 1500m"]);
    expect(granted(judged(1.9, ...pair))).toEqual(["a/app: 1500m"]);
    const [first] = pair;
    const next = { name: "b", asks: { app: "1 → 1500m" } };
    expect(first && granted(judged(1.9, first, next))).toEqual(["a/app: 1500m"]);
  });

  it("take nothing where an init container asks for more than all that run after it", () => {
    const all = judged(0, { name: "a", asks: { app: "1 → 2", init: "2" } });
    expect(granted(all)).toEqual(["a/app: 2"]);
    expect(granted(judged(0, { name: "a", asks: { app: "1 → 2", init: "1500m" } }))).toEqual([]);
  });

  it("are not held for what they do not take more of", () => {
    const full = { ...cpuQuota(1), hard: { requests: {}, limits: { cpu: "4" } } };
    const quotas = [{ ...full, used: { requests: {}, limits: { cpu: "4" } } }];
    const [one] = advised({ kind: "Deployment", name: "a", asks: { app: "1 → 2" } });
    const limits = { cpu: "4" };
    const container = one && { ...one.container, resources: { ...one.container.resources, limits } };
    const whose = container && workload({ containers: [container] });
    const raised = { requests: { cpu: "2" }, limits };
    const all = whose ? [{ workload: whose, container, advice: adviceOf(raised, false) }] : [];
    expect(granted(fitting(all, { ...NO_SURROUNDINGS, quotas }))).toEqual(["app/app: 2"]);
  });

  it("of the limits are bounded by the quota's own number of these", () => {
    const container: Container = {
      name: "app",
      role: "main",
      resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
    };
    const whose = workload({ kind: "StatefulSet", containers: [container], replicas: 2 });
    const wanted = { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } };
    const advice: Advice = {
      ...adviceOf(wanted, false),
      because: [
        { resource: "cpu", sentence: "it uses less" },
        { resource: "memory", sentence: "it uses more" },
      ],
    };
    const quota: Quota = {
      namespace: "shop",
      name: "team",
      hard: { requests: {}, limits: { memory: "8Gi" } },
      used: { requests: {}, limits: { memory: "7Gi" } },
    };
    const [one] = fitting([{ workload: whose, container, advice }], { ...NO_SURROUNDINGS, quotas: [quota] });
    // What is lowered goes on.
    expect(one?.advice.recommended).toEqual({
      requests: { cpu: "500m", memory: "1Gi" },
      limits: { memory: "1Gi" },
    });
    expect(one?.advice.because.map(({ resource }) => resource)).toEqual(["cpu"]);
    expect(one?.advice.held.map(({ resource, code }) => `${resource} ${code}`)).toEqual(["memory quota"]);
    expect(one?.advice.held[0]?.message).toMatch(
      /^a limit of 2Gi would do, but the ResourceQuota "team" has 1Gi /,
    );
  });

  it("of another namespace's quota know nothing", () => {
    const quotas = [{ ...cpuQuota(0), namespace: "pay" }];
    const all = fitting(advised({ name: "a", asks: { app: "1 → 2" } }), { ...NO_SURROUNDINGS, quotas });
    expect(granted(all)).toEqual(["a/app: 2"]);
  });
});

describe("raises in one pod", () => {
  const nodes = [{ name: "n", cores: 4, bytes: 2 ** 34 }];
  const inPod = (asks: Said["asks"], surroundings: Partial<Surroundings> = { nodes }) =>
    fitting(advised({ name: "a", asks }), { ...NO_SURROUNDINGS, ...surroundings });

  it("that each find a node are held where together they find none", () => {
    const all = inPod({ app: "1 → 2500m", proxy: "1 → 2", log: "100m → 200m" });
    expect(granted(all)).toEqual(["a/app: 2500m", "a/log: 200m"]);
    expect(heldIn(all)).toEqual(["a node-room: 2 would do, but the largest node has no more room for it"]);
  });

  it("are held where a LimitRange allows the pod less, whatever each may have", () => {
    const nothing = { min: {}, max: {}, defaultLimit: {}, maxLimitRequestRatio: {} };
    const range = { namespace: "shop", name: "pods", ...nothing, podMax: { cpu: "3" } };
    const all = inPod({ app: "1 → 1500m", proxy: "1 → 2" }, { containerRanges: [range] });
    expect(granted(all)).toEqual(["a/app: 1500m"]);
    expect(heldIn(all)).toEqual([
      'a limit-range: 2 would do, but the LimitRange "pods" allows a pod no more than 3',
    ]);
    const elsewhere = [{ ...range, namespace: "pay" }];
    expect(granted(inPod({ app: "1 → 4" }, { containerRanges: elsewhere }))).toEqual(["a/app: 4"]);
  });

  it("may fill a node to the last millicore, in whichever order it is added up", () => {
    const asks = { app: "10m → 490m", a: "50m", b: "30m" };
    const all = inPod(asks, { nodes: [{ name: "n", cores: 0.57, bytes: 2 ** 34 }] });
    expect(granted(all)).toEqual(["a/app: 490m"]);
  });

  it("of which it found none before are not judged worse for that", () => {
    expect(granted(inPod({ app: "1 → 2", init: "5" }))).toEqual(["a/app: 2"]);
    expect(granted(inPod({ app: "3 → 4", proxy: "2" }))).toEqual([]);
    expect(granted(inPod({ app: "3 → 2", proxy: "2" }))).toEqual(["a/app: 2"]);
  });
});

describe("for any namespace", () => {
  const amount = fc.constantFrom("100m", "250m", "0.5", "1", "1.5", "3");
  const ask = fc
    .tuple(amount, fc.option(amount))
    .map(([from, to]) => (to === null ? from : `${from} → ${to}`));
  const said = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    kind: fc.constantFrom("Deployment" as const, "StatefulSet" as const, "CronJob" as const),
    replicas: fc.integer({ min: 1, max: 5 }),
    asks: fc.record({ app: ask, proxy: ask, init: amount }, { requiredKeys: ["app"] }),
    urgent: fc.boolean(),
  });
  const namespaces = fc.uniqueArray(said, { selector: ({ name }) => name, minLength: 1, maxLength: 6 });
  const lefts = fc.constantFrom(0, 0.5, 1, 2.5, 6);

  it("what is raised fits, whatever of the rest is merged, and any order gives the same", () => {
    fc.assert(
      fc.property(namespaces, lefts, (all, left) => {
        const result = judged(left, ...all);
        const pods = Map.groupBy(result, ({ workload: { name } }) => name);
        let more = 0;
        for (const [name, own] of pods) {
          const now = own.map(({ container }) => container);
          const then = own.map(({ container, advice: { recommended } }) => {
            const raised =
              baseUnits(recommended?.requests.cpu ?? "0") >
              baseUnits(container.resources.requests.cpu ?? "0");
            return raised && recommended ? { ...container, resources: recommended } : container;
          });
          const each = podAmount(then, "requests", "cpu") - podAmount(now, "requests", "cpu");
          more += each * (all.find((one) => one.name === name)?.replicas ?? 1);
        }
        expect(more).toBeLessThanOrEqual(left + 1e-9);
        expect(granted(judged(left, ...all.toReversed())).toSorted()).toEqual(granted(result).toSorted());
      }),
      { numRuns: 200 },
    );
  });

  it("without a quota and nodes, nothing is held", () => {
    fc.assert(
      fc.property(namespaces, (all) => {
        const given = advised(...all);
        expect(fitting(given, NO_SURROUNDINGS)).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });
});
