import type { Window } from "../domain/duration.ts";
import { baseUnits, type Quantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { RESOURCE_NAMES, type ResourceName, type Resources, withAmount } from "../domain/resources.ts";
import type { Autoscaler, Container } from "../domain/workload.ts";
import type { Distribution } from "../usage/distribution.ts";
import type { ContainerUsage } from "../usage/usage.ts";
import type { Policy } from "./policy.ts";
import { readableCpu, readableMemory } from "./readable.ts";

/** Why a resource of a container was left as it is. */
export interface Hold extends Reason {
  readonly resource: ResourceName;
}

/** What a container should ask for, and on which evidence. */
export interface Advice {
  /** All four numbers as they should be, unchanged ones included; null where nothing is to change. */
  readonly recommended: Resources | null;
  readonly held: readonly Hold[];
  /** Share of the window (0 to 1) that samples cover. */
  readonly confidence: number;
}

type Suggestion = { readonly quantity: Quantity } | { readonly held: Omit<Hold, "resource"> };

/**
 * Requests by OptiPod's formula, `clamp(percentile × safetyFactor, min, max)`, rounded up to what people
 * write. A CPU limit stays as it is and caps the request; a memory limit keeps its ratio to the request, but
 * is never brought below the highest use × safetyFactor.
 */
export function advise(
  container: Container,
  autoscalers: readonly Autoscaler[],
  usage: ContainerUsage | undefined,
  window: Window,
  policy: Policy,
): Advice {
  const held: Hold[] = [];
  let recommended = container.resources;
  for (const resource of RESOURCE_NAMES) {
    const suggestion = suggest(resource, container, autoscalers, usage, policy);
    if ("held" in suggestion) held.push({ resource, ...suggestion.held });
    else recommended = withRequest(recommended, resource, suggestion.quantity, usage, policy);
  }
  const unchanged = held.length === RESOURCE_NAMES.length;
  return { recommended: unchanged ? null : recommended, held, confidence: coverage(usage, window) };
}

function suggest(
  resource: ResourceName,
  container: Container,
  autoscalers: readonly Autoscaler[],
  usage: ContainerUsage | undefined,
  policy: Policy,
): Suggestion {
  if (container.role === "init")
    return hold("init-container", "an init container runs too briefly to be measured");
  const autoscaler = autoscalers.find(
    (scaler) =>
      scaler.resources.includes(resource) && (scaler.container ?? container.name) === container.name,
  );
  if (autoscaler)
    return hold(
      "hpa",
      `the HorizontalPodAutoscaler "${autoscaler.name}" scales on ${resource}: another request would move its target`,
    );
  const samples = usage?.[resource];
  if (!usage?.seen || !samples || samples.count === 0)
    return hold("no-data", "no usage was measured in the window");
  const seconds = (usage.seen.endMs - usage.seen.startMs) / 1000;
  if (samples.count < policy.minimumSamples || seconds < policy.minimumHistorySeconds)
    return hold(
      "not-enough-data",
      `not enough data: ${samples.count} samples over ${(seconds / 3600).toFixed(1)} h, at least ${policy.minimumSamples} over ${policy.minimumHistorySeconds / 3600} h are needed`,
    );
  return significant(resource, container, requestFor(resource, samples, policy), policy);
}

function requestFor(resource: ResourceName, samples: Distribution, policy: Policy): Quantity {
  const { min, max } = policy.bounds[resource];
  const needed = samples.quantile(policy.percentile / 100) * policy.safetyFactor[resource];
  if (needed <= baseUnits(min)) return min;
  const readable = resource === "cpu" ? readableCpu(needed) : readableMemory(needed);
  return baseUnits(readable) >= baseUnits(max) ? max : readable;
}

function significant(
  resource: ResourceName,
  container: Container,
  request: Quantity,
  policy: Policy,
): Suggestion {
  const { requests, limits } = container.resources;
  const limit = limits[resource];
  // A request above the limit is refused by the API server.
  const capped = resource === "cpu" && limit !== undefined && baseUnits(request) > baseUnits(limit);
  const quantity = capped ? limit : request;
  const current = requests[resource];
  if (current === undefined) return { quantity };
  const [before, after] = [baseUnits(current), baseUnits(quantity)];
  if (before === after && capped)
    return hold("cpu-limit", `it needs ${request}, but its CPU limit of ${limit} is left as it is`);
  const percent = before === 0 ? Number.POSITIVE_INFINITY : (Math.abs(after - before) / before) * 100;
  if (before === after) return hold("right-sized", `${current} is what it needs`);
  return percent < policy.minimumChangePercent
    ? hold("change-too-small", `${current} → ${quantity} is less than ${policy.minimumChangePercent} %`)
    : { quantity };
}

function withRequest(
  resources: Resources,
  resource: ResourceName,
  quantity: Quantity,
  usage: ContainerUsage | undefined,
  policy: Policy,
): Resources {
  const next = withAmount(resources, `requests.${resource}`, quantity);
  const limit = resources.limits[resource];
  if (resource === "cpu" || limit === undefined) return next;
  // Without a request, Kubernetes takes the limit for it.
  const request = baseUnits(resources.requests.memory ?? limit);
  const ratio = Math.max(1, baseUnits(limit) / request);
  // To a request of nothing there is no ratio: then the limit is not lowered.
  const scaled = request > 0 ? baseUnits(quantity) * ratio : Math.max(baseUnits(limit), baseUnits(quantity));
  const bytes = Math.max(scaled, (usage?.memory.max ?? 0) * policy.safetyFactor.memory);
  if (bytes === baseUnits(limit)) return next;
  const kept = ratio === 1 && bytes === baseUnits(quantity) ? quantity : readableMemory(bytes);
  return withAmount(next, "limits.memory", kept);
}

function coverage(usage: ContainerUsage | undefined, window: Window): number {
  if (!usage?.seen) return 0;
  const share = (usage.seen.endMs - usage.seen.startMs) / (window.endMs - window.startMs);
  return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
}

function hold(code: string, message: string): { held: Omit<Hold, "resource"> } {
  return { held: { code, message } };
}
