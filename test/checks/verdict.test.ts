import { describe, expect, it } from "vitest";
import { pairContainers } from "../../src/checks/pair.ts";
import { judgePull, type PullFacts } from "../../src/checks/verdict.ts";
import type { Resources } from "../../src/domain/resources.ts";
import type { ScannedContainer } from "../../src/gitops/scan.ts";

const reason = { code: "none", message: "there is no line" };
const nowhere = <Name extends string>(resource: Name) => ({ resource, status: "refused", reason }) as const;

function container(cpu: string, more: { recipe?: string; workload?: string } = {}): ScannedContainer {
  const path = more.recipe ?? "apps/api";
  return {
    repository: "shop",
    recipe: { id: `plain:${path}`, kind: "plain", path, steps: [] },
    kind: "Deployment",
    workload: more.workload ?? "api",
    namespace: "shop",
    container: "web",
    role: "main",
    current: { requests: { cpu }, limits: {} },
    fields: {
      "requests.cpu": nowhere("requests.cpu"),
      "requests.memory": nowhere("requests.memory"),
      "limits.cpu": nowhere("limits.cpu"),
      "limits.memory": nowhere("limits.memory"),
    },
  };
}

const NAME = "prod Deployment/shop/api web";
const wanted: Resources = { requests: { cpu: "250m" }, limits: {} };
const FACTS: PullFacts = {
  base: "main",
  marker: {
    version: 1,
    workloads: [NAME],
    fingerprint: "f",
    proposed: { [NAME]: { "requests.cpu": "0.25" } },
  },
  moved: [],
  gone: [],
  cut: false,
  changes: [{ at: container("1"), wanted }],
};

describe("whether a proposal still holds", () => {
  it("holds where exactly what was proposed changes, however it is written", () => {
    expect(judgePull(FACTS).conclusion).toBe("success");
  });

  it.each<[string, Partial<PullFacts>, RegExp]>([
    ["a container changes that it does not name", { changes: [...FACTS.changes, other()] }, /was not to/],
    ["nothing changes any more", { changes: [] }, /rendered otherwise any more/],
    ["its marker is gone", { marker: undefined }, /nothing in this pull request says that it should/],
    ["it removes a file", { gone: ["`a`.yaml"] }, /is removed or renamed/],
    ["GitHub lists not all of it", { cut: true }, /more files have changed than GitHub lists/],
    ["the base has changed its file", { moved: ["a.yaml"] }, /`a.yaml` has changed on `main`/],
  ])("does not hold where %s", (_, facts, why) => {
    const { conclusion, summary } = judgePull({ ...FACTS, ...facts });
    expect(conclusion).toBe("failure");
    expect(summary).toMatch(why);
  });

  it("one that takes another back brings the old numbers, whatever was proposed", () => {
    const marker = FACTS.marker && { ...FACTS.marker, reverts: { number: 1, branch: "loadline/api" } };
    const changes = [{ at: container("250m"), wanted: { requests: { cpu: "1" }, limits: {} } }];
    expect(judgePull({ ...FACTS, marker, changes }).conclusion).toBe("success");
    expect(judgePull({ ...FACTS, changes }).conclusion).toBe("failure");
  });

  it("of one that changes no resources, and says so, there is nothing to judge", () => {
    expect(judgePull({ ...FACTS, marker: undefined, changes: [] }).conclusion).toBe("neutral");
  });

  function other(): PullFacts["changes"][number] {
    return { at: container("1", { workload: "other" }), wanted };
  }
});

describe("the same container in two trees", () => {
  it("is found by its recipe, and where that has moved by its workload", () => {
    const here = container("1");
    expect(pairContainers([here], [container("2")])).toHaveLength(1);
    expect(pairContainers([here], [container("1", { recipe: "moved" })])).toEqual([]);
    const now = container("2", { recipe: "moved" });
    expect(pairContainers([here], [now])).toEqual([{ before: here, after: now }]);
  });

  it("is not guessed where two are alike", () => {
    const [a, b, c] = ["a", "b", "c"].map((recipe) => container("1", { recipe }));
    if (!a || !b || !c) throw new Error("three");
    expect(pairContainers([a, b], [c])).toEqual([{ after: c }, { before: a }, { before: b }]);
  });
});
