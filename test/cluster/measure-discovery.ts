/** Discovers all that may be seen, alone in its process, and prints what it cost: `node … [KUBECONFIG]`. */
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";

/** Bytes, and seconds. */
export interface DiscoveryCost {
  readonly workloads: number;
  readonly warnings: readonly string[];
  readonly requests: number;
  readonly received: number;
  readonly seconds: number;
  /** Resident, before anything was asked and at most. */
  readonly before: number;
  readonly peak: number;
}

const [kubeconfig] = process.argv.slice(2);
const before = process.memoryUsage.rss();
const start = performance.now();
const inventory = kubernetesInventory(kubeconfig === undefined ? {} : { kubeconfig });
const { workloads, warnings } = await inventory.discover({ namespaces: [], labels: {} });
const cost: DiscoveryCost = {
  workloads: workloads.length,
  warnings,
  requests: inventory.cost.requests,
  received: inventory.cost.bytes,
  seconds: (performance.now() - start) / 1000,
  before,
  peak: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(cost));
