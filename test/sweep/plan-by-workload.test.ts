import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/domain/resources.ts";
import type { AdvisedContainer } from "../../src/sweep/advise-cluster.ts";
import { planChanges } from "../../src/sweep/plan.ts";
import { deployment, treeOf } from "../gitops/files.ts";
import { refusingRenderer, scanFiles } from "../gitops/scan-files.ts";
import { advisedContainer } from "./advised.ts";

const requests = (cpu: string): Resources => ({ requests: { cpu }, limits: {} });

function advised(name: string, cpu: string): AdvisedContainer {
  const id = { kind: "Deployment", namespace: "shop", name } as const;
  return advisedContainer("prod", id, { name: "app", resources: requests("1") }, requests(cpu));
}

const container = "- name: app\n  resources: { requests: { cpu: 1 } }";
const FILES = {
  "apps.yaml": ["api", "web"].map((name) => deployment(name, container, "shop")).join("---\n"),
  "db.yaml": deployment("db", container, "shop"),
  CODEOWNERS: "/db.yaml @acme/data\n",
};

async function plan(groupBy: "application" | "workload" | "team") {
  const source = {
    name: "acme/shop",
    tree: treeOf(FILES),
    counts: () => true,
    isOwn: () => true,
    scan: await scanFiles(FILES),
  };
  const options = {
    minimumCertainty: "proven",
    method: { window: "14d" },
    groupBy,
    renderer: refusingRenderer,
  } as const;
  const containers = [advised("api", "200m"), advised("db", "300m"), advised("web", "400m")];
  const { proposals } = await planChanges(containers, [source], options, () => undefined);
  return proposals.map(({ group, files }) => [
    group.name,
    files.map(
      ({ path, after }) => `${path}: ${[...after.matchAll(/cpu: (\S+)/g)].map(([, cpu]) => cpu).join(" ")}`,
    ),
  ]);
}

describe("planning by", () => {
  it("workload proposes of a file that several share only its own lines", async () => {
    expect(await plan("workload")).toEqual([
      ["Deployment/shop/api", ["apps.yaml: 200m 1"]],
      ["Deployment/shop/db", ["db.yaml: 300m"]],
      ["Deployment/shop/web", ["apps.yaml: 1 400m"]],
    ]);
  });

  it("team reads the owners of the files", async () => {
    expect(await plan("team")).toEqual([
      ["", ["apps.yaml: 200m 400m"]],
      ["@acme/data", ["db.yaml: 300m"]],
    ]);
  });

  it("application takes a folder as it is", async () => {
    expect(await plan("application")).toEqual([["", ["apps.yaml: 200m 400m", "db.yaml: 300m"]]]);
  });
});
