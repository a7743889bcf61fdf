import type { ClusterAccess } from "./kubeconfig.ts";
import { API_LIMITS, type ApiLimits, type ApiResource } from "./kubernetes-api.ts";
import type { ApiCost } from "./kubernetes-connection.ts";
import { inventoryLists } from "./kubernetes-inventory-lists.ts";
import { type List, listedAnew, type OpenList, type Take } from "./kubernetes-lists.ts";
import { SharedApi } from "./kubernetes-shared-api.ts";
import {
  WATCH_LIMITS,
  WatchedScope,
  type WatchLimits,
  type WatchReport,
} from "./kubernetes-watched-scope.ts";
import { inventoryBy, type KubernetesInventory } from "./kubernetes.ts";

export interface WatchedInventory extends KubernetesInventory, AsyncDisposable {}

export interface WatchOptions {
  readonly report: WatchReport;
  readonly limits?: Partial<ApiLimits>;
  readonly watch?: Partial<WatchLimits>;
}

/** Each watch is a request that stays open: of more namespaces and selections, lists are read as if nothing was watched. */
const MOST_SCOPES = 20;

/**
 * As `kubernetesInventory`, for as long as it takes: what was listed once is kept up to date by watches, and read from
 * memory the next time. What a watch can't vouch for at that time is listed as ever.
 */
export function watchedInventory(
  access: ClusterAccess,
  { report, limits, watch }: WatchOptions,
): WatchedInventory {
  const stop = new AbortController();
  const cost: ApiCost = { requests: 0, bytes: 0 };
  const apiLimits: ApiLimits = { ...API_LIMITS, ...limits };
  const shared = new SharedApi(access, apiLimits, cost);
  const setup = { shared, limits: { ...WATCH_LIMITS, ...watch }, report, signal: stop.signal };
  const open: OpenList = <T>(resource: ApiResource, take: Take<T>): List<T> => {
    const scopes = new Map<string, WatchedScope<T>>();
    const anew = listedAnew(resource, take);
    return {
      resource,
      async read(api, query, notices) {
        const { namespace, labelSelector, fieldSelector } = query;
        const key = JSON.stringify([namespace, labelSelector, fieldSelector]);
        const known = scopes.get(key);
        if (!known && scopes.size >= MOST_SCOPES) return await anew.read(api, query, notices);
        const scope = known ?? new WatchedScope(resource, query, take, setup);
        scopes.set(key, scope);
        return await scope.read(api, notices);
      },
    };
  };
  return {
    ...inventoryBy(inventoryLists(open), access, apiLimits, cost),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await shared[Symbol.asyncDispose]();
    },
  };
}
