import type { Window } from "../domain/duration.ts";
import { type Amounts, RESOURCE_NAMES } from "../domain/resources.ts";
import type { ContainerRange, NodeRoom, Quota } from "../domain/surroundings.ts";
import { lastOfEach } from "../metrics/last-of-each.ts";
import { QueryLimitError } from "../metrics/query-limit-error.ts";
import type { LastSample, SeriesSource } from "../metrics/series-source.ts";
import { amountsOf, valueOf } from "./metrics-amounts.ts";
import { type State, objectKey } from "./metrics-state.ts";

/** What LimitRanges and ResourceQuotas say; empty where kube-state-metrics does not export them. */
export const BOUNDS = {
  ranges: {
    metric: "kube_limitrange",
    by: ["limitrange", "constraint", "resource", "type"],
    matchers: [
      { label: "type", in: ["Container", "Pod"] },
      { label: "resource", in: RESOURCE_NAMES },
    ],
  },
  quotas: {
    metric: "kube_resourcequota",
    by: ["resourcequota", "type", "resource"],
    matchers: [
      {
        label: "resource",
        in: ["requests.", "limits.", ""].flatMap((side) => RESOURCE_NAMES.map((name) => side + name)),
      },
    ],
  },
} as const;

type Bounds = State<keyof typeof BOUNDS>;

export function containerRanges(state: Bounds): ContainerRange[] {
  const objects = Map.groupBy(state("ranges"), (sample) => objectKey(sample, "limitrange"));
  return inOrder(objects).map((samples) => {
    const of = (constraint: string, type = "Container"): LastSample[] =>
      samples.filter(({ labels }) => labels["constraint"] === constraint && labels["type"] === type);
    const podMax = amountsOf(of("max", "Pod"));
    return {
      namespace: samples[0]?.labels["namespace"] ?? "",
      name: samples[0]?.labels["limitrange"] ?? "",
      min: amountsOf(of("min")),
      max: amountsOf(of("max")),
      defaultLimit: amountsOf(of("default")),
      maxLimitRequestRatio: ratios(of("maxLimitRequestRatio")),
      ...(Object.keys(podMax).length === 0 ? {} : { podMax }),
    };
  });
}

/** How often the request goes into the limit: a number without unit for both resources. */
function ratios(samples: readonly LastSample[]): Amounts {
  return Object.fromEntries(
    RESOURCE_NAMES.flatMap((name) => {
      const value = valueOf(samples, name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

export function quotas(state: Bounds): Quota[] {
  const objects = Map.groupBy(state("quotas"), (sample) => objectKey(sample, "resourcequota"));
  return inOrder(objects).map((samples) => {
    const sides = (type: string): Quota["hard"] => {
      const own = samples.filter(({ labels }) => labels["type"] === type);
      // A plain `cpu` is another word for `requests.cpu`.
      const requests = { ...amountsOf(own), ...amountsOf(own, "requests.") };
      return { requests, limits: amountsOf(own, "limits.") };
    };
    const { namespace = "", resourcequota: name = "" } = samples[0]?.labels ?? {};
    return { namespace, name, hard: sides("hard"), used: sides("used") };
  });
}

/** What the nodes have for pods, but for those that take none. More than the server can tell is a warning. */
export async function readNodes(
  source: SeriesSource,
  now: Window,
): Promise<{ nodes: readonly NodeRoom[]; warnings: readonly string[] }> {
  const resources = [{ label: "resource", in: RESOURCE_NAMES }];
  try {
    const [allocatable = [], unschedulable = []] = await lastOfEach(
      source,
      [
        { metric: "kube_node_status_allocatable", matchers: resources, by: ["node", "resource"] },
        { metric: "kube_node_spec_unschedulable", matchers: [], by: ["node"] },
      ],
      now,
    );
    const closed = new Set(
      unschedulable.filter(({ value }) => value > 0).map(({ labels }) => labels["node"]),
    );
    const nodes = inOrder(Map.groupBy(allocatable, ({ labels }) => labels["node"] ?? ""));
    return { nodes: nodes.flatMap(roomOf).filter(({ name }) => !closed.has(name)), warnings: [] };
  } catch (error) {
    if (!(error instanceof QueryLimitError)) throw error;
    return { nodes: [], warnings: [NODES_UNKNOWN] };
  }
}

const NODES_UNKNOWN =
  "kube_node_status_allocatable is more than this server tells at once: nothing keeps requests below what the largest node has";

function roomOf(samples: readonly LastSample[]): NodeRoom[] {
  const [cores, bytes] = [valueOf(samples, "cpu"), valueOf(samples, "memory")];
  if (cores === undefined || bytes === undefined) return [];
  return [{ name: samples[0]?.labels["node"] ?? "", cores, bytes }];
}

function inOrder<Value>(groups: ReadonlyMap<string, Value>): Value[] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
