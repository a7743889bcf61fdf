import { describe, expect, it } from "vitest";
import { policyFor } from "../../src/advice/policy-for.ts";
import { parseConfig } from "../../src/config/load.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import type { Container, Workload } from "../../src/domain/workload.ts";
import { rulesOf } from "../../src/sweep/own-file/own-rules.ts";
import type { RepositorySource } from "../../src/sweep/locate/source.ts";
import { deployment, treeOf } from "../gitops/files.ts";
import { scanFiles } from "../gitops/scan-files.ts";

const NOW = Date.UTC(2026, 10, 20, 23, 59);
const OPERATOR = `version: 1
clusters: [{ name: prod, metricsFile: a.om }, { name: lab, metricsFile: b.om }]
policy: { mode: auto, bounds: { cpu: { min: 10m, max: 8 } } }
policies:
  - name: shop
    selector: { namespaces: { allow: [shop] } }
    mode: recommend
    bounds: { cpu: { min: 20m, max: 2 } }
    guards: { daysAfterOomKill: 30 }
`;

const app: Container = { name: "app", role: "main", resources: { requests: {}, limits: {} } };
function workload(namespace: string, name: string): Workload {
  const id = { kind: "Deployment" as const, namespace, name };
  return { ...id, labels: {}, annotations: {}, containers: [app], autoscalers: [] };
}

async function source(name: string, own: string | undefined, workloads: string[]): Promise<RepositorySource> {
  const files = Object.fromEntries(
    workloads.map((one) => {
      const [namespace, app = ""] = one.split("/");
      return [`${one.replace("/", "-")}.yaml`, deployment(app, undefined, namespace)];
    }),
  );
  const scan = { ...(await scanFiles(files)), repository: name };
  return {
    name,
    tree: treeOf(files),
    counts: () => true,
    isOwn: () => true,
    own: own === undefined ? undefined : parseRepositoryFile(`version: 1\n${own}`),
    scan: { ...scan, containers: scan.containers.map((at) => ({ ...at, repository: name })) },
  };
}

async function rules(...sources: readonly RepositorySource[]) {
  const rulesFor = rulesOf(parseConfig(OPERATOR, "f"), sources, NOW);
  return (namespace: string, name: string, cluster = "prod") => {
    const found = rulesFor(cluster, workload(namespace, name), app);
    const { won, policy } = policyFor(workload(namespace, name), cluster, found.policies, app.name);
    return { won, policy, ignored: found.ignored };
  };
}

describe("what a repository says of its workloads", () => {
  it("counts where it declares them, and not for another repository's", async () => {
    const of = await rules(
      await source("acme/a", "policy: { mode: disabled }", ["ops/one"]),
      await source("acme/b", undefined, ["ops/two"]),
    );
    expect(of("ops", "one").policy.mode).toBe("disabled");
    expect(of("ops", "two").policy.mode).toBe("auto");
    expect(of("ops", "nowhere").policy.mode).toBe("auto");
  });

  it("counts only in the clusters for which it speaks", async () => {
    const a = await source("acme/a", "policy: { mode: disabled }", ["ops/one"]);
    const of = await rules({ ...a, clusters: ["lab"] });
    expect(of("ops", "one", "prod").policy.mode).toBe("auto");
    expect(of("ops", "one", "lab").policy.mode).toBe("disabled");
  });

  it("has no say where another repository declares the same", async () => {
    const a = await source("acme/a", "policy: { mode: disabled }", ["ops/one"]);
    const of = await rules(a, await source("acme/b", undefined, ["ops/one"]));
    expect(of("ops", "one").policy.mode).toBe("auto");
  });

  it("is nowhere wider than the policy that the operator has for that workload, however heavy it is", async () => {
    const own =
      "policies: [{ name: own, weight: 1000, mode: auto, bounds: { cpu: { min: 10m, max: 6 } }, guards: { daysAfterOomKill: 0, largestStepPercent: { down: 5 } } }]";
    const of = await rules(await source("acme/a", own, ["shop/api", "ops/one"]));
    expect(of("shop", "api")).toMatchObject({
      won: "own",
      policy: {
        mode: "recommend",
        bounds: { cpu: { min: "20m", max: "2" } },
        guards: { daysAfterOomKill: 30, largestStepPercent: { down: 5 } },
      },
    });
    expect(of("ops", "one").policy).toMatchObject({
      mode: "auto",
      bounds: { cpu: { min: "10m", max: "6" } },
      guards: { daysAfterOomKill: 7 },
    });
  });

  it("that lies wholly outside the operator's bounds is brought to their edge", async () => {
    const own = "policies: [{ name: own, weight: 1000, bounds: { cpu: { min: 3, max: 6 } } }]";
    const of = await rules(await source("acme/a", own, ["shop/api"]));
    expect(of("shop", "api").policy.bounds.cpu).toEqual({ min: "2", max: "2" });
  });

  it("leaves alone what it ignores, a day counts to its end", async () => {
    const own = `ignore:
  - { workload: Deployment/ops/one, until: 2026-11-19 }
  - { workload: Deployment/ops/two, until: 2026-11-20, reason: sale }
  - { workload: Deployment/ops/three, container: other }
  - { workload: Deployment/ops/four }
  - { workload: Deployment/ops/foreign }
`;
    const of = await rules(await source("acme/a", own, ["ops/one", "ops/two", "ops/three", "ops/four"]));
    expect(of("ops", "one").ignored).toBeUndefined();
    expect(of("ops", "two").ignored).toEqual({
      code: "ignored",
      message: ".github/loadline.yml leaves it alone until 2026-11-20: sale",
    });
    expect(of("ops", "three").ignored).toBeUndefined();
    expect(of("ops", "four").ignored?.message).toBe(".github/loadline.yml leaves it alone");
    expect(of("ops", "foreign").ignored).toBeUndefined();
  });
});
