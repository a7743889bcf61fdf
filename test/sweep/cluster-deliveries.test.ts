import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ClusterConfig, configSchema } from "../../src/config/schema.ts";
import { readDeliveries } from "../../src/sweep/locate/cluster-deliveries.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { applicationObject } from "../support/delivery-objects.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";

let certificates: Certificates;
let hub: KubernetesApiServer;
let prod: KubernetesApiServer;
beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  [hub, prod] = await Promise.all([
    KubernetesApiServer.start(certificates),
    KubernetesApiServer.start(certificates),
  ]);
});
afterEach(async () => {
  await Promise.all([hub[Symbol.asyncDispose](), prod[Symbol.asyncDispose]()]);
});

/** An Argo CD in `hub` that keeps other clusters, and `prod`, which is one of them. */
async function clusters(destinations: readonly string[] = []): Promise<readonly ClusterConfig[]> {
  const cluster = async (name: string, api: KubernetesApiServer, more: object = {}): Promise<object> => ({
    name,
    inventory: "kubernetes",
    kubeconfig: await api.kubeconfig(),
    prometheus: { url: "http://127.0.0.1:9" },
    ...more,
  });
  const both = [await cluster("hub", hub), await cluster("prod", prod, { destinations })];
  return configSchema.parse({ version: 1, clusters: both }).clusters;
}

const warnings: string[] = [];
const reading = {
  folder: ".",
  now: Date.now,
  warn: (_cluster: string, text: string) => void warnings.push(text),
};

/** Where the Application is seen from each cluster. */
async function placed(
  destination: object,
  destinations: readonly string[] = [],
): Promise<Record<string, string | undefined>> {
  hub.add("argoproj.io/v1alpha1/applications", applicationObject("shop", { spec: { destination } }));
  const deliveriesOf = await readDeliveries(await clusters(destinations), reading);
  return Object.fromEntries(["hub", "prod"].map((name) => [name, deliveriesOf(name)?.deliveries[0]?.placed]));
}

describe("an Application is for a cluster", () => {
  it("where its tool runs there, and says so", async () => {
    expect(await placed({ server: "https://kubernetes.default.svc" })).toEqual({
      hub: "here",
      prod: "elsewhere",
    });
  });

  it("by the cluster's name, its address, or one of its destinations", async () => {
    expect(await placed({ name: "prod" })).toEqual({ hub: "elsewhere", prod: "here" });
    hub.objects.delete("argoproj.io/v1alpha1/applications");
    expect(await placed({ server: `https://127.0.0.1:${prod.port}/` })).toMatchObject({ prod: "here" });
    hub.objects.delete("argoproj.io/v1alpha1/applications");
    expect(await placed({ name: "eu-1" }, ["eu-1"])).toMatchObject({ prod: "here" });
  });

  it("perhaps, where nothing says what its destination is called here", async () => {
    expect(await placed({ server: "https://10.0.0.1:6443" })).toEqual({ hub: "elsewhere", prod: "unknown" });
  });
});

it("of a cluster that can't be read everything is unseen, and of one without the Kubernetes API nothing is known", async () => {
  const [first, second] = await clusters();
  if (!first || !second) throw new Error("two clusters");
  const deliveriesOf = await readDeliveries(
    [
      { ...first, kubeconfig: "/nowhere" },
      { ...second, inventory: "metrics" },
    ],
    reading,
  );
  expect(deliveriesOf("hub")).toMatchObject({
    deliveries: [],
    unseen: ["Application", "Kustomization", "HelmRelease"],
  });
  expect(deliveriesOf("prod")).toBeUndefined();
  expect(warnings.at(-1)).toMatch(/^what GitOps tools say can't be read: kubeconfig \/nowhere/);
});
