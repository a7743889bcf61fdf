import { afterEach, beforeAll, beforeEach } from "vitest";
import { type Workload, type WorkloadId, parseWorkloadKey } from "../../src/domain/workload.ts";
import type { Deliveries } from "../../src/inventory/deliveries/delivery-source.ts";
import { kubernetesDeliveries } from "../../src/inventory/deliveries/kubernetes-deliveries.ts";
import type { Discovery, WorkloadSelection } from "../../src/inventory/inventory.ts";
import { type KubernetesInventory, kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import type { ApiLimits } from "../../src/inventory/kubernetes-api.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { RESOURCE_OF, objectOf, workload } from "../support/kubernetes-objects.ts";

export interface TestCluster {
  /** A new one for each test. */
  readonly api: KubernetesApiServer;
  /** Puts a workload, by its key, into the cluster. */
  readonly live: (key: string, change?: Partial<Workload>) => Workload;
  readonly discover: (
    selection?: Partial<WorkloadSelection>,
    limits?: Partial<ApiLimits>,
  ) => Promise<Discovery & Pick<KubernetesInventory, "cost">>;
  /** What GitOps tools say at a time (RFC 3339). */
  readonly deliveries: (options?: {
    namespaces?: readonly string[];
    at?: string;
    limits?: Partial<ApiLimits>;
  }) => Promise<Deliveries>;
}

/** A cluster whose API server is started before each test of the file and stopped after it. */
export function testCluster(): TestCluster {
  let certificates: Certificates;
  let api: KubernetesApiServer;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  beforeEach(async () => {
    api = await KubernetesApiServer.start(certificates);
  });
  afterEach(() => api[Symbol.asyncDispose]());
  return {
    get api() {
      return api;
    },
    live(key, change = {}) {
      const found = workload(idOf(key), { replicas: 1, ...change });
      api.add(RESOURCE_OF[found.kind], objectOf(found));
      return found;
    },
    async discover(selection = {}, limits = {}) {
      const inventory = kubernetesInventory({ kubeconfig: await api.kubeconfig() }, limits);
      const found = await inventory.discover({ namespaces: [], labels: {}, ...selection });
      return { ...found, cost: inventory.cost };
    },
    async deliveries({ namespaces = [], at = "2026-11-20T12:00:00Z", limits = {} } = {}) {
      const settings = { namespaces, now: () => Date.parse(at), limits };
      return await kubernetesDeliveries({ kubeconfig: await api.kubeconfig() }, settings).deliveries();
    },
  };
}

export function idOf(key: string): WorkloadId {
  const parsed = parseWorkloadKey(key);
  if (parsed === undefined) throw new Error(key);
  return parsed;
}
