import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Hold } from "../../src/advice/advise.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS, type Surroundings } from "../../src/domain/surroundings.ts";
import { type WorkloadId, workloadKey } from "../../src/domain/workload.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import type { AdvisedContainer } from "../../src/sweep/advise-cluster.ts";
import { type Plan, planChanges } from "../../src/sweep/plan.ts";
import type { RepositorySource } from "../../src/sweep/locate/source.ts";
import { deployment, treeOf } from "../gitops/files.ts";
import { refusingRenderer } from "../gitops/scan-files.ts";
import { renderersForTests } from "../support/renderers.ts";
import { advisedContainer } from "./advised.ts";

const MIXED = path.join(import.meta.dirname, "..", "..", "manifests-fixtures", "cases", "mixed", "repo");
const renderers = await renderersForTests();

function advised(
  cluster: string,
  id: WorkloadId,
  container: string,
  current: Resources,
  recommended: Resources | null,
): AdvisedContainer {
  return advisedContainer(cluster, id, { name: container, resources: current }, recommended);
}

const requests = (cpu: string, memory: string): Resources => ({ requests: { cpu, memory }, limits: {} });
const api: WorkloadId = { kind: "Deployment", namespace: "shop", name: "api" };
const NO_RANGE = { min: {}, max: {}, defaultLimit: {}, maxLimitRequestRatio: {} };
const web: WorkloadId = { kind: "Deployment", namespace: "shop", name: "web" };
const webEu: WorkloadId = { kind: "Deployment", namespace: "eu", name: "web-eu" };

describe.skipIf(!renderers)(
  "planning a repository of plain files, a kustomization, charts, Argo CD and Flux",
  () => {
    const plan = async (
      containers: readonly AdvisedContainer[],
      source: Partial<RepositorySource> = {},
      names = ["acme/platform"],
    ): Promise<Plan> => {
      const { helm = "", kubectl = "" } = renderers?.current ?? {};
      const renderer = await programRenderer({
        helm,
        kubectl,
        chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
      });
      const tree = await directoryTree(MIXED);
      const repositories = names.map((name) => ({
        name,
        tree,
        counts: () => true,
        isOwn: () => true,
        ...source,
      }));
      return await planChanges(
        containers,
        repositories,
        {
          minimumCertainty: "proven",
          method: { window: "14d" },
          renderer,
        },
        () => undefined,
      );
    };

    it("finds the kustomization's base and the release's own values, one proposal each", async () => {
      const { proposals } = await plan([
        advised("eu", api, "api", requests("250m", "256Mi"), requests("100m", "256Mi")),
        advised("eu", webEu, "web", requests("300m", "128Mi"), requests("120m", "128Mi")),
      ]);
      expect(proposals.map(({ group, files }) => [group.name, files.map((file) => file.path)])).toEqual([
        ["flux/web-eu", ["flux/web.yaml"]],
        ["overlays/prod", ["base/api.yaml"]],
      ]);
    });

    it("refuses a number that feeds another application, and names it", async () => {
      const { proposals, containers } = await plan([
        advised("eu", web, "web", requests("100m", "128Mi"), requests("100m", "64Mi")),
      ]);
      expect(proposals).toEqual([]);
      expect(containers[0]?.source).toMatchObject({
        status: "refused",
        reason: { code: "feeds-others", file: "charts/web/values.yaml" },
      });
      expect(containers[0]?.source.reason?.message).toContain("Deployment/eu/web-eu web");
    });

    it("writes what fits both applications that share a line, in one proposal", async () => {
      const { proposals } = await plan([
        advised("eu", web, "web", requests("100m", "128Mi"), requests("100m", "64Mi")),
        advised("eu", webEu, "web", requests("300m", "128Mi"), requests("300m", "96Mi")),
      ]);
      expect(proposals).toHaveLength(1);
      expect(proposals[0]?.files[0]?.after).toContain("memory: 96Mi");
      expect(proposals[0]?.containers.map(({ workload }) => workloadKey(workload)).sort()).toEqual([
        "Deployment/eu/web-eu",
        "Deployment/shop/web",
      ]);
    });

    it("leaves a line that two applications share where one of them may not have what the other needs", async () => {
      const small = { memory: "160Mi" };
      const range = { namespace: "eu", name: "small", ...NO_RANGE, max: small };
      const { proposals, containers } = await plan([
        advised("eu", web, "web", requests("100m", "128Mi"), requests("100m", "256Mi")),
        {
          ...advised("eu", webEu, "web", requests("300m", "128Mi"), requests("300m", "160Mi")),
          surroundings: { ...NO_SURROUNDINGS, containerRanges: [range] },
        },
      ]);
      expect(proposals).toEqual([]);
      expect(containers[0]?.held.map(({ message }) => message)).toEqual([
        '256Mi would do, but its line also feeds Deployment/eu/web-eu in eu, where the LimitRange "small" allows no more than 160Mi',
      ]);
    });

    it("gives two clusters that run the same manifest the larger need", async () => {
      const { proposals } = await plan([
        advised("eu", api, "api", requests("250m", "256Mi"), requests("100m", "256Mi")),
        advised("us", api, "api", requests("250m", "256Mi"), requests("180m", "256Mi")),
      ]);
      expect(proposals[0]?.files[0]?.after).toContain("cpu: 180m");
    });

    it("leaves alone what the cluster runs with other numbers than the repository says", async () => {
      const { containers, proposals } = await plan([
        advised("eu", api, "api", requests("900m", "256Mi"), requests("100m", "256Mi")),
      ]);
      expect(proposals).toEqual([]);
      expect(containers[0]?.source).toMatchObject({ status: "probable", reason: { code: "drift" } });
    });

    it("is not sure of what two repositories declare", async () => {
      const { containers, proposals } = await plan(
        [advised("eu", api, "api", requests("250m", "256Mi"), requests("100m", "256Mi"))],
        {},
        ["acme/platform", "acme/copy"],
      );
      expect(proposals).toEqual([]);
      expect(containers.map(({ source }) => source.status)).toEqual(["ambiguous"]);
    });

    it("counts only the sources that the configuration names", async () => {
      const { containers } = await plan(
        [advised("eu", api, "api", requests("250m", "256Mi"), requests("100m", "256Mi"))],
        {
          counts: (at) => at.startsWith("flux"),
        },
      );
      expect(containers[0]?.source.status).toBe("unmapped");
    });
  },
);

describe("planning a line that feeds two clusters", () => {
  const text = deployment("api", "- name: api\n  resources:\n    requests: {cpu: 250m, memory: 1Gi}", "shop");
  const planned = async (
    inEu: Resources | null,
    heldInUs: Hold[],
    inUs: Resources | null = null,
    surroundings: Surroundings = NO_SURROUNDINGS,
  ) => {
    const us = advised("us", api, "api", requests("250m", "1Gi"), inUs);
    return await planChanges(
      [
        advised("eu", api, "api", requests("250m", "1Gi"), inEu),
        { ...us, advice: { ...us.advice, held: heldInUs }, surroundings },
      ],
      [{ name: "acme/shop", tree: treeOf({ "api.yaml": text }), counts: () => true, isOwn: () => true }],
      { minimumCertainty: "proven", method: { window: "14d" }, renderer: refusingRenderer },
      () => undefined,
    );
  };
  const quota: Hold = { resource: "cpu", code: "quota", message: "nothing is left" };

  it("leaves it where one of them may not have more, and the other resource goes on", async () => {
    const { proposals, containers } = await planned(requests("400m", "2Gi"), [quota]);
    expect(proposals[0]?.files[0]?.after).toContain("{cpu: 250m, memory: 2Gi}");
    expect(containers[0]?.held).toEqual([
      {
        resource: "cpu",
        code: "feeds-others",
        message: "400m would do, but its line also feeds Deployment/shop/api in us, where nothing is left",
      },
    ]);
    expect((await planned(requests("400m", "1Gi"), [quota])).proposals).toEqual([]);
  });

  it.each<[string, Partial<Surroundings>, string]>([
    [
      "a LimitRange",
      { containerRanges: [{ ...NO_RANGE, namespace: "shop", name: "small", max: { cpu: "350m" } }] },
      'the LimitRange "small" allows no more than 350m',
    ],
    [
      "a ResourceQuota",
      {
        quotas: [
          {
            namespace: "shop",
            name: "team",
            hard: { requests: { cpu: "1" }, limits: {} },
            used: { requests: { cpu: "500m" }, limits: {} },
          },
        ],
      },
      'the ResourceQuota "team" has 500m left of its 1 requests.cpu, for more in each of 2 pods and what runs beside during an update',
    ],
    [
      "its nodes",
      { nodes: [{ name: "n", cores: 0.35, bytes: 2 ** 33 }] },
      "the largest node has no more room for it",
    ],
  ])("leaves it where %s of one allows less, though each may have what it needs", async (_, there, why) => {
    const surroundings = { ...NO_SURROUNDINGS, ...there };
    const more = await planned(requests("400m", "1Gi"), [], requests("300m", "1Gi"), surroundings);
    expect(more.proposals[0]?.files[0]?.after).toContain("cpu: 300m");
    expect(more.containers[0]?.held[0]?.message).toBe(
      `400m would do, but its line also feeds Deployment/shop/api in us, where ${why}`,
    );
    const fits = await planned(requests("350m", "1Gi"), [], null, surroundings);
    expect(fits.proposals[0]?.files[0]?.after).toContain("cpu: 350m");
  });

  it("says nothing of a number that stays, wherever a cluster has another", async () => {
    const drifted = await planChanges(
      [
        advised("eu", api, "api", requests("250m", "1Gi"), requests("250m", "2Gi")),
        advised("us", api, "api", requests("100m", "1Gi"), null),
      ].map((one) => ({ ...one, advice: { ...one.advice, held: one.cluster === "us" ? [quota] : [] } })),
      [{ name: "acme/shop", tree: treeOf({ "api.yaml": text }), counts: () => true, isOwn: () => true }],
      { minimumCertainty: "probable", method: { window: "14d" }, renderer: refusingRenderer },
      () => undefined,
    );
    expect(drifted.containers[0]?.held).toEqual([]);
  });

  it("raises it where the other has no need, and lowers it where both have none", async () => {
    const enough: Hold = { resource: "cpu", code: "right-sized", message: "250m is left as it is" };
    const raised = await planned(requests("400m", "1Gi"), [enough]);
    expect(raised.proposals[0]?.files[0]?.after).toContain("cpu: 400m");
    const lowered = await planned(requests("100m", "1Gi"), [quota], requests("120m", "1Gi"));
    expect(lowered.proposals[0]?.files[0]?.after).toContain("cpu: 120m");
  });
});

describe("planning a limit that is to go", () => {
  const text = deployment(
    "api",
    "- name: api\n  resources:\n    requests:\n      cpu: 250m\n    limits:\n      cpu: 2",
    "shop",
  );
  const recommending = async (recommended: Resources, ofAnother: Resources | null): Promise<Plan> => {
    const current: Resources = { requests: { cpu: "250m" }, limits: { cpu: "2" } };
    const id = { kind: "Deployment" as const, namespace: "shop", name: "api" };
    return await planChanges(
      [advised("eu", id, "api", current, recommended), advised("us", id, "api", current, ofAnother)],
      [{ name: "acme/shop", tree: treeOf({ "api.yaml": text }), counts: () => true, isOwn: () => true }],
      { minimumCertainty: "proven", method: { window: "14d" }, renderer: refusingRenderer },
      () => undefined,
    );
  };
  const removed: Resources = { requests: { cpu: "250m" }, limits: {} };

  it("takes its line away, and shows it in the pull request", async () => {
    const { proposals } = await recommending(removed, removed);
    expect(proposals.map(({ files }) => files.map(({ after }) => after))).toEqual([
      [text.replace(/limits:\n *cpu: 2/, "limits: {}")],
    ]);
    expect(proposals[0]?.body).toMatch(/limits cpu.*\| `2` → \*\*none\*\*/);
  });

  it("leaves it where another cluster that reads the line keeps it", async () => {
    expect((await recommending(removed, null)).proposals).toEqual([]);
  });
});
