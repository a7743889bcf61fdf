/**
 * Discovers all that may be seen, alone in its process, and prints what it cost: `node … KUBECONFIG`. With `watch`, also
 * what it costs to keep that, and the history of pods, up to date, and to read it again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { watchedInventory } from "../../src/inventory/kubernetes-watched.ts";
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
  /** What the second look took, all of it from memory; without a watch there is none. */
  readonly again?: { readonly requests: number; readonly seconds: number; readonly heap: number };
}

const [kubeconfig, mode] = process.argv.slice(2);
const before = process.memoryUsage.rss();
const start = performance.now();
const access = kubeconfig === undefined ? {} : { kubeconfig };
const everything = { namespaces: [], labels: {} };
const watched =
  mode === "watch" ? watchedInventory(access, { report: { restarted() {}, wasRead() {} } }) : undefined;
const inventory = watched ?? kubernetesInventory(access);
const { workloads, warnings } = await inventory.discover(everything);
await watched?.history(everything);
const { requests, bytes } = inventory.cost;
const seconds = (performance.now() - start) / 1000;
const again = watched && (await lookAgain());
const cost: DiscoveryCost = {
  workloads: workloads.length,
  warnings,
  requests,
  received: bytes,
  seconds,
  before,
  peak: process.resourceUsage().maxRSS * 1024,
  ...(again ? { again } : {}),
};
console.log(JSON.stringify(cost));
await watched?.[Symbol.asyncDispose]();

async function lookAgain(): Promise<DiscoveryCost["again"]> {
  // Until all watches have begun, which are requests, too.
  await delay(3000);
  const [asked, sinceMs] = [inventory.cost.requests, performance.now()];
  await inventory.discover(everything);
  await inventory.history?.(everything);
  const lookSeconds = (performance.now() - sinceMs) / 1000;
  globalThis.gc?.();
  return {
    requests: inventory.cost.requests - asked,
    seconds: lookSeconds,
    heap: process.memoryUsage().heapUsed,
  };
}
