import type { Window } from "../domain/duration.ts";
import { baseUnits, type Quantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { RESOURCE_NAMES, type ResourceName, type Resources, withAmount } from "../domain/resources.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Container, Workload } from "../domain/workload.ts";
import { type ContainerUsage, resourceDays } from "../usage/usage.ts";
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

/** A container of a workload, what it used, and what bounds it from outside. */
export interface Subject {
  readonly container: Container;
  readonly workload: Workload;
  readonly usage: ContainerUsage | undefined;
  readonly surroundings: Surroundings;
}

type Suggestion = { readonly quantity: Quantity } | { readonly held: Omit<Hold, "resource"> };

/**
 * Requests by the policy's strategy within its bounds, rounded up to what people write. A CPU limit stays as
 * it is and caps the request; a memory limit keeps its ratio to the request, but is never brought below the
 * highest use × safetyFactor.
 */
export function advise(subject: Subject, window: Window, policy: Policy): Advice {
  const held: Hold[] = [];
  let recommended = subject.container.resources;
  for (const resource of RESOURCE_NAMES) {
    const suggestion = suggest(resource, subject, window, policy);
    if ("held" in suggestion) held.push({ resource, ...suggestion.held });
    else recommended = withRequest(recommended, resource, suggestion.quantity, subject.usage, policy);
  }
  const unchanged = held.length === RESOURCE_NAMES.length;
  return { recommended: unchanged ? null : recommended, held, confidence: coverage(subject.usage, window) };
}

function suggest(
  resource: ResourceName,
  { container, workload, usage }: Subject,
  window: Window,
  policy: Policy,
): Suggestion {
  if (container.role === "init")
    return hold("init-container", "an init container runs too briefly to be measured");
  const autoscaler = workload.autoscalers.find(
    (scaler) =>
      scaler.resources.includes(resource) && (scaler.container ?? container.name) === container.name,
  );
  if (autoscaler)
    return hold(
      "hpa",
      `the HorizontalPodAutoscaler "${autoscaler.name}" scales on ${resource}: another request would move its target`,
    );
  if (!usage || seenMs(usage) === 0) return hold("no-data", "no usage was measured in the window");
  const samples = sampleCount(usage, resource);
  const hours = seenMs(usage) / 3_600_000;
  const { request, limit } = {
    request: container.resources.requests[resource],
    limit: container.resources.limits[resource],
  };
  const need =
    samples < policy.minimumSamples || hours * 3600 < policy.minimumHistorySeconds
      ? undefined
      : policy.strategy.need({ resource, usage, atMs: window.endMs, current: { request, limit } });
  if (samples === 0) return hold("no-data", "no usage was measured in the window");
  if (!need)
    return hold(
      "not-enough-data",
      `not enough data: ${samples} samples over ${hours.toFixed(1)} h, at least ${policy.minimumSamples} over ${policy.minimumHistorySeconds / 3600} h are needed`,
    );
  return significant(resource, container, readable(resource, need.request, policy), policy);
}

function readable(resource: ResourceName, needed: number, policy: Policy): Quantity {
  const { min, max } = policy.bounds[resource];
  if (needed <= baseUnits(min)) return min;
  const rounded = resource === "cpu" ? readableCpu(needed) : readableMemory(needed);
  return baseUnits(rounded) >= baseUnits(max) ? max : rounded;
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
  const bytes = Math.max(scaled, peakMemory(usage) * policy.safetyFactor.memory);
  if (bytes === baseUnits(limit)) return next;
  const kept = ratio === 1 && bytes === baseUnits(quantity) ? quantity : readableMemory(bytes);
  return withAmount(next, "limits.memory", kept);
}

function peakMemory(usage: ContainerUsage | undefined): number {
  return Math.max(0, ...(usage ? resourceDays(usage, "memory").map(({ values }) => values.max) : []));
}

function sampleCount(usage: ContainerUsage, resource: ResourceName): number {
  return resourceDays(usage, resource).reduce((sum, { values }) => sum + values.count, 0);
}

/** From the first sample to the last. */
function seenMs(usage: ContainerUsage): number {
  const days = RESOURCE_NAMES.flatMap((resource) => resourceDays(usage, resource));
  if (days.length === 0) return 0;
  return Math.max(...days.map(({ lastMs }) => lastMs)) - Math.min(...days.map(({ firstMs }) => firstMs));
}

function coverage(usage: ContainerUsage | undefined, window: Window): number {
  const share = usage ? seenMs(usage) / (window.endMs - window.startMs) : 0;
  return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
}

function hold(code: string, message: string): { held: Omit<Hold, "resource"> } {
  return { held: { code, message } };
}
