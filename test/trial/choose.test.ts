import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withAmount } from "../../src/domain/resources.ts";
import { choose } from "../../src/trial/choose.ts";
import { qualityOfService } from "../../src/trial/quality-of-service.ts";
import type { Situation, Wish } from "../../src/trial/situation.ts";
import { container, OLD, pod, resources, START } from "./model.ts";

const WISH: Wish = {
  workload: { kind: "Deployment", namespace: "shop", name: "api" },
  restarts: false,
  containers: [{ name: "app", changes: [{ field: "requests.cpu", before: "500m", after: "200m" }] }],
};

const OTHER = pod({ name: "api-2", uid: "uid-2", readySinceMs: START });

function situation(change: Partial<Situation> = {}): Situation {
  return { minor: 36, pods: [pod(), OTHER], autoscalers: [], ...change };
}

function wishing(...changes: Wish["containers"][number]["changes"]): Wish {
  return { ...WISH, containers: [{ name: "app", changes }] };
}

const codeOf = (wish: Wish, given: Situation): string => {
  const chosen = choose(wish, given);
  return "code" in chosen ? chosen.code : chosen.pod.name;
};

describe("the pod of a trial", () => {
  it("is the one that has been ready for the longest, and knows what to put back", () => {
    expect(choose(WISH, situation({ pods: [OTHER, pod()] }))).toMatchObject({
      pod: { name: "api-1" },
      containers: [
        {
          name: "app",
          role: "main",
          restarts: 0,
          restartsByResize: false,
          changes: [{ field: "requests.cpu", before: "500m", after: "200m" }],
        },
      ],
    });
  });

  it("is none that is not ready, leaves, is being resized, or asks for something else", () => {
    const unfit = [
      pod({ ready: false }),
      pod({ leaving: true }),
      pod({ resize: { state: "pending", reason: "Deferred", message: "" } }),
      pod({ containers: [container({ resources: resources("700m", "512Mi") })] }),
    ];
    for (const one of unfit) {
      expect(codeOf(WISH, situation({ pods: [one] }))).toBe("no-pod");
      const third = pod({ name: "api-3", readySinceMs: START });
      expect(codeOf(WISH, situation({ pods: [one, OTHER, third] }))).toBe("api-2");
    }
  });

  it("is never the last one that is ready", () => {
    expect(codeOf(WISH, situation({ pods: [pod()] }))).toBe("last-pod");
    expect(codeOf(WISH, situation({ pods: [pod(), pod({ name: "api-2", ready: false })] }))).toBe("last-pod");
  });

  it("is none that a PodDisruptionBudget without room protects", () => {
    const protectedBy = (disruptionsAllowed: number) =>
      situation({ pods: [pod({ budgets: [{ name: "api", disruptionsAllowed }] }), OTHER] });
    expect(codeOf(WISH, protectedBy(0))).toBe("budget");
    expect(codeOf(WISH, protectedBy(1))).toBe("api-1");
  });

  it("restarts for no trial, unless the policy allows that", () => {
    const pods = [pod({ containers: [container({ restartsFor: ["cpu"] })] }), OTHER];
    expect(codeOf(WISH, situation({ pods }))).toBe("restarts");
    expect(choose({ ...WISH, restarts: true }, situation({ pods }))).toMatchObject({
      containers: [{ restartsByResize: true }],
    });
    const forMemory = [pod({ containers: [container({ restartsFor: ["memory"] })] }), OTHER];
    expect(codeOf(WISH, situation({ pods: forMemory }))).toBe("api-1");
  });

  it("keeps its class", () => {
    const full = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };
    const pods = [pod({ containers: [container({ resources: full })] }), OTHER];
    const wish = wishing({ field: "requests.cpu", before: "1", after: "500m" });
    expect(codeOf(wish, situation({ pods }))).toBe("class");
    const both = wishing(
      { field: "requests.cpu", before: "1", after: "500m" },
      { field: "limits.cpu", before: "1", after: "500m" },
    );
    expect(codeOf(both, situation({ pods }))).toBe("api-1");
  });

  it("is given nothing that could not be put back", () => {
    expect(codeOf(wishing({ field: "limits.cpu", before: undefined, after: "1" }), situation())).toBe(
      "added",
    );
    const pods = [
      pod({ containers: [container({ resources: withAmount(OLD, "limits.memory", "1Gi") })] }),
      OTHER,
    ];
    const raised = wishing({ field: "limits.memory", before: "1Gi", after: "2Gi" });
    expect(codeOf(raised, situation({ pods, minor: 33 }))).toBe("no-way-back");
    expect(codeOf(raised, situation({ pods, minor: 34 }))).toBe("api-1");
  });

  it("is none where nothing is left to be tried", () => {
    expect(codeOf(wishing(), situation())).toBe("nothing");
    const some: Wish = { ...WISH, containers: [...WISH.containers, { name: "other", changes: [] }] };
    expect(choose(some, situation())).toMatchObject({ containers: [{ name: "app" }] });
  });

  it("is left to the autoscaler that sizes or counts by what would be tried", () => {
    const scaled = (resource: "cpu" | "memory", of?: string) =>
      situation({
        autoscalers: [{ name: "api", resources: [resource], ...(of ? { container: of } : {}) }],
      });
    expect(codeOf(WISH, scaled("cpu"))).toBe("autoscaled");
    expect(codeOf(WISH, scaled("cpu", "app"))).toBe("autoscaled");
    expect(codeOf(WISH, scaled("cpu", "other"))).toBe("api-1");
    expect(codeOf(WISH, scaled("memory"))).toBe("api-1");
    expect(codeOf(WISH, situation({ verticalAutoscaler: { name: "api", acts: true } }))).toBe(
      "vertical-autoscaler",
    );
    expect(codeOf(WISH, situation({ verticalAutoscaler: { name: "api", acts: false } }))).toBe("api-1");
  });

  it("is none of a job's, and no init container", () => {
    const job: Wish = { ...WISH, workload: { ...WISH.workload, kind: "Job" } };
    expect(codeOf(job, situation())).toBe("job");
    expect(
      codeOf(WISH, situation({ pods: [pod({ containers: [container({ role: "init" })] }), OTHER] })),
    ).toBe("init");
  });
});

const amount = fc.constantFrom("0", "100m", "0.1", "1", "2");
const amounts = fc.record({ cpu: amount, memory: amount }, { requiredKeys: [] });
const anyResources = fc.record({ requests: amounts, limits: amounts });

describe("the class of a pod", () => {
  it.each([
    [[{ requests: {}, limits: {} }], "BestEffort"],
    [[{ requests: { cpu: "0" }, limits: {} }], "BestEffort"],
    [[{ requests: {}, limits: { cpu: "1", memory: "1Gi" } }], "Guaranteed"],
    [[{ requests: { cpu: "1000m", memory: "1Gi" }, limits: { cpu: "1", memory: "1024Mi" } }], "Guaranteed"],
    [[{ requests: { cpu: "1" }, limits: {} }], "Burstable"],
    [
      [
        { requests: {}, limits: { cpu: "1", memory: "1Gi" } },
        { requests: {}, limits: {} },
      ],
      "Burstable",
    ],
  ] as const)("of %j is %s", (containers, expected) => {
    expect(qualityOfService(containers)).toBe(expected);
  });

  it("does not depend on the order of its containers, nor on how often one of them is there", () => {
    fc.assert(
      fc.property(fc.array(anyResources, { minLength: 1, maxLength: 4 }), (containers) => {
        const expected = qualityOfService(containers);
        expect(qualityOfService(containers.toReversed())).toBe(expected);
        expect(qualityOfService([...containers, ...containers])).toBe(expected);
      }),
    );
  });
});
