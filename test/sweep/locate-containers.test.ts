import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/domain/resources.ts";
import type { FieldWriter } from "../../src/domain/workload.ts";
import { Locator } from "../../src/gitops/locate.ts";
import type { PlacedDelivery } from "../../src/gitops/live/delivery-index.ts";
import { readApplication } from "../../src/inventory/deliveries/application.ts";
import type { AdvisedContainer } from "../../src/sweep/advise-cluster.ts";
import { type Located, locateContainers } from "../../src/sweep/locate/locate-containers.ts";
import { describeMissing, missingRepositories } from "../../src/sweep/locate/missing-repositories.ts";
import { deployment } from "../gitops/files.ts";
import { scanFiles } from "../gitops/scan-files.ts";
import { applicationObject } from "../support/delivery-objects.ts";
import { advisedContainer } from "./advised.ts";

const OWN = { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api" };
const requests = (cpu: string, memory = "256Mi"): Resources => ({ requests: { cpu, memory }, limits: {} });

function advised(
  current: Resources,
  recommended: Resources | null,
  writers: readonly FieldWriter[] = [],
): AdvisedContainer {
  const id = { kind: "Deployment", namespace: "shop", name: "api" } as const;
  const workload = { ...id, replicas: 3, annotations: OWN };
  return advisedContainer("prod", workload, { name: "app", resources: current, writers }, recommended);
}

async function locate(one: AdvisedContainer, spec: object = {}, own = "acme/shop"): Promise<Located> {
  const delivery = readApplication(applicationObject("shop", { spec, status: { sourceType: "Directory" } }));
  if (!delivery) throw new Error("malformed");
  const placed: PlacedDelivery = { delivery, readIn: "prod", placed: "here" };
  const scan = await scanFiles({
    "apps/shop/api.yaml": deployment(
      "api",
      "- name: app\n  resources: {requests: {cpu: 500m, memory: 256Mi}}",
      "shop",
    ),
  });
  const options = { ...scan.options, isOwn: (address: string) => address.includes(own) };
  const locator = new Locator([{ scan: { ...scan, options }, branch: "main" }], {
    cluster: "prod",
    deliveries: [placed],
    unseen: [],
  });
  const [located] = locateContainers([one], () => locator);
  if (!located) throw new Error("nothing located");
  return located;
}

describe("what speaks against changing a container where it is written", () => {
  it("is nothing where the chain holds and what lives is what is declared", async () => {
    expect((await locate(advised(requests("500m"), requests("100m")))).location.status).toBe("proven");
  });

  it("is drift, each number by name, with who wrote it", async () => {
    const writers: FieldWriter[] = [
      { manager: "kubectl-edit", operation: "Update", fields: ["requests.cpu"] },
    ];
    const { location } = await locate(advised(requests("900m", "1Gi"), requests("100m"), writers));
    expect(location).toMatchObject({
      status: "probable",
      reason: {
        code: "drift",
        message: expect.stringContaining(
          "requests.cpu 500m, the cluster 900m (by kubectl-edit); requests.memory 256Mi, the cluster 1Gi",
        ),
      },
      live: { effects: [{ code: "undoes" }] },
    });
  });

  it("is an operator that would write the number over again, where that number is to change", async () => {
    const writers: FieldWriter[] = [
      { manager: "redis-operator", operation: "Update", fields: ["requests.cpu"] },
    ];
    const { location } = await locate(advised(requests("900m"), requests("100m"), writers));
    expect(location).toMatchObject({ status: "refused", reason: { code: "written-again" } });
    const memory = await locate(advised(requests("900m"), requests("900m", "128Mi"), writers));
    expect(memory.location).toMatchObject({ status: "probable", reason: { code: "drift" } });
  });

  it("is a sync that keeps what lives", async () => {
    const spec = {
      ignoreDifferences: [
        { group: "apps", kind: "Deployment", jsonPointers: ["/spec/template/spec/containers/0/resources"] },
      ],
      syncPolicy: { automated: {}, syncOptions: ["RespectIgnoreDifferences=true"] },
    };
    const { location } = await locate(advised(requests("500m"), requests("100m")), spec);
    expect(location).toMatchObject({ status: "refused", reason: { code: "kept-by-sync" } });
  });
});

it("a repository that is not read is listed with what would be gained there", async () => {
  const located = await locate(advised(requests("500m"), requests("100m")), {}, "acme/other");
  expect(located.location).toMatchObject({ status: "unmapped", reason: { code: "repository-not-read" } });
  const [missing, ...others] = missingRepositories([located]);
  expect(others).toEqual([]);
  expect(missing).toMatchObject({
    repository: "github.com/acme/shop",
    deliveries: ["Application/argocd/shop"],
    containers: 1,
  });
  expect(missing?.cores).toBeCloseTo(-1.2);
  expect(missing && describeMissing(missing)).toBe(
    "github.com/acme/shop is not read, and Application/argocd/shop comes from it: 1 container could be right-sized there (requests -1.2 cores, 0.0 GiB); install the App there, or name it with --repo",
  );
});
