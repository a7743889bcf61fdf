import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type ExplainReport, explainReportSchema } from "../../src/report/explain-report.ts";
import { explainText } from "../../src/report/explain-text.ts";
import { deployment } from "../gitops/files.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { applicationObject } from "../support/delivery-objects.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { container, objectOf, RESOURCE_OF, workload } from "../support/kubernetes-objects.ts";
import { loadline, type Ran } from "../support/loadline.ts";
import { faultsBySchema } from "./fixture-case.ts";

let certificates: Certificates;
let api: KubernetesApiServer;
let folder: string;

/** What lives: as it is declared, but for the CPU that somebody set by hand. */
const LIVE = workload(
  { kind: "Deployment", namespace: "shop", name: "api" },
  {
    replicas: 3,
    annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api" },
    containers: [container("app", { resources: { requests: { cpu: "900m", memory: "256Mi" }, limits: {} } })],
  },
);
const EDITED = {
  manager: "kubectl-edit",
  operation: "Update",
  time: "2026-11-03T09:12:00Z",
  fieldsV1: {
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:containers": { 'k:{"name":"app"}': { "f:resources": { "f:requests": { "f:cpu": {} } } } },
        },
      },
    },
  },
};

beforeAll(async () => {
  certificates = await makeCertificates();
  api = await KubernetesApiServer.start(certificates);
  api.add(RESOURCE_OF.Deployment, objectOf(LIVE, { managedFields: [EDITED] }));
  api.add(
    "argoproj.io/v1alpha1/applications",
    applicationObject("shop", { status: { sourceType: "Directory" } }),
  );
  folder = await mkdtemp(path.join(tmpdir(), "loadline-explain-"));
  const manifest = deployment(
    "api",
    "- name: app\n  resources: {requests: {cpu: 500m, memory: 256Mi}}",
    "shop",
  );
  for (const file of ["repo/apps/shop/api.yaml", "repo/old/api.yaml"]) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), manifest);
  }
  const prod = {
    name: "prod",
    inventory: "kubernetes",
    kubeconfig: await api.kubeconfig(),
    prometheus: { url: "http://127.0.0.1:9" },
  };
  const teams = { name: "shop-team", selector: { namespaces: { allow: ["shop"] } } };
  await writeFile(
    path.join(folder, "loadline.yaml"),
    stringify({ version: 1, clusters: [prod], policies: [teams] }),
  );
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function explain(...args: readonly string[]): Promise<Ran> {
  return await loadline(["explain", "--repo", "repo", "--config", "loadline.yaml", ...args], { cwd: folder });
}

describe("loadline explain --cluster", () => {
  it("prints the chain from what lives to its line, as the published schema has it, and each link as text", async () => {
    const { out, err, code } = await explain("--cluster", "prod", "Deployment/shop/api", "--format", "json");
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(await faultsBySchema("explain", out)).toBeNull();
    const { live, recipes }: ExplainReport = explainReportSchema.parse(JSON.parse(out));
    expect(live).toMatchObject({
      cluster: "prod",
      replicas: 3,
      delivery: { name: "Application/argocd/shop", tool: "Argo CD", sync: "Synced", health: "Healthy" },
    });
    const [found] = live?.containers ?? [];
    expect(found).toMatchObject({
      status: "probable",
      reason: "drift",
      message: expect.stringContaining("requests.cpu 500m, the cluster 900m (by kubectl-edit)"),
      file: "apps/shop/api.yaml",
      effects: [{ code: "undoes", manager: "kubectl-edit", at: "2026-11-03T09:12:00.000Z" }],
      policy: { name: "shop-team", because: '"shop-team" is the only one that selects it.' },
    });
    expect(found?.chain.map(({ link, held }) => `${link} ${held}`)).toEqual([
      "object yes",
      "mark yes",
      "delivery yes",
      "destination yes",
      "repository yes",
      "revision yes",
      "recipe yes",
      "line yes",
      "live no",
    ]);
    expect(recipes.map(({ id }) => id)).toEqual(["plain:apps/shop"]);
    const text = explainText(explainReportSchema.parse(JSON.parse(out)), false).replaceAll(/\s+/g, " ");
    expect(text).toContain("in prod, 3 pods, kept by Application/argocd/shop (Synced, Healthy)");
    expect(text).toContain("✓ mark its annotation argocd.argoproj.io/tracking-id names Application shop");
    expect(text).toContain("✓ line apps/shop/api.yaml:11 declares its container");
    expect(text).toContain("merge kubectl-edit wrote requests.cpu on 2026-11-03T09:12:00.000Z");
    expect(text).toContain("policy shop-team:");
  });

  it("refuses a workload that does not live there, and names those of its namespace", async () => {
    const { err, code } = await explain("Deployment/shop/web");
    expect(code).toBe(2);
    expect(err).toContain("Deployment/shop/web does not live in prod; its namespace has Deployment/shop/api");
  });

  it("asks for a configuration that says which cluster that is", async () => {
    const ran = await loadline(["explain", "--repo", "repo", "--cluster", "prod", "Deployment/shop/api"], {
      cwd: folder,
    });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("--config FILE")]);
  });
});
