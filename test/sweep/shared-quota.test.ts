import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { parseWorkloadKey, type Workload } from "../../src/domain/workload.ts";
import { adviseCluster } from "../../src/sweep/advise-cluster.ts";
import { openCluster } from "../../src/sweep/open/open-cluster.ts";
import { policiesOf } from "../../src/sweep/policy.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import { DAY_MS, dayOf } from "../../src/usage/usage.ts";
import { makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { objectOf, quotaObject, RESOURCE_OF, workload } from "../support/kubernetes-objects.ts";

const TODAY = dayOf(Date.now());
const WINDOW = { startMs: (TODAY - 3) * DAY_MS, endMs: TODAY * DAY_MS };

let server: KubernetesApiServer;
let folder: string;

/** Three StatefulSets of a pod each that ask for 1 core and use 2; the quota has 2.5 left. */
beforeAll(async () => {
  server = await KubernetesApiServer.start(await makeCertificates());
  const lines = ["time,namespace,pod,container,cpu_cores"];
  for (const name of ["cart", "api", "search"]) {
    const id = parseWorkloadKey(`StatefulSet/shop/${name}`);
    if (!id) throw new Error(name);
    const resources = { requests: { cpu: "1" }, limits: {} };
    const containers = [{ name: "app", role: "main", resources }] as const;
    server.add(RESOURCE_OF.StatefulSet, objectOf(workload(id, { replicas: 1, containers })));
    for (let timeMs = WINDOW.startMs; timeMs < WINDOW.endMs; timeMs += 600_000)
      lines.push(`${timeMs / 1000},shop,${name}-0,app,2`);
  }
  server.add(
    "/v1/resourcequotas",
    quotaObject("shop", "team", { "requests.cpu": "5500m" }, { "requests.cpu": "3" }),
  );
  folder = await mkdtemp(path.join(tmpdir(), "loadline-quota-"));
  await writeFile(path.join(folder, "usage.csv"), lines.join("\n"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function advised(isMine?: (workload: Workload) => boolean) {
  const cluster = {
    name: "prod",
    inventory: "kubernetes",
    kubeconfig: await server.kubeconfig(),
    metricsFile: "usage.csv",
  };
  const policy = { strategy: "krr" };
  const config = parseConfig(JSON.stringify({ version: 1, clusters: [cluster], policy }), "loadline.yaml");
  const [first] = config.clusters;
  if (first === undefined) throw new Error("no cluster");
  const warn = (warning: string) => expect.fail(warning);
  await using sources = await openCluster(first, { folder, window: WINDOW, store: noStore(), warn });
  const found = await adviseCluster(sources, WINDOW, policiesOf(config), () => {}, undefined, isMine);
  return Object.fromEntries(
    found.containers.map(({ workload: { name }, advice: { recommended, held } }) => [
      name,
      recommended?.requests.cpu ?? held.find(({ resource }) => resource === "cpu")?.message,
    ]),
  );
}

it("a quota is shared by all workloads of its namespace, whoever looks at which of them", async () => {
  const all = await advised();
  expect(all).toEqual({
    api: "2",
    cart: "2",
    search:
      '2 would do, but the ResourceQuota "team" has 2500m left of its 5500m requests.cpu, and 3 would be needed: 1 more in a pod, 2 for what is raised before it',
  });
  expect(await advised(({ name }) => name === "search")).toEqual({ search: all["search"] });
});
