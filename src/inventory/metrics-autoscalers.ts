import { RESOURCE_NAMES } from "../domain/resources.ts";
import { type Autoscaler, type VerticalAutoscaler, isWorkloadKind, workloadKey } from "../domain/workload.ts";
import type { LastSample } from "../metrics/series-source.ts";
import { type State, objectKey } from "./metrics-state.ts";

const VERTICAL_BY = ["verticalpodautoscaler", "target_kind", "target_name", "update_mode"];

export const AUTOSCALERS = {
  scalers: {
    metric: "kube_horizontalpodautoscaler_info",
    by: ["horizontalpodautoscaler", "scaletargetref_kind", "scaletargetref_name"],
  },
  scalerMetrics: {
    metric: "kube_horizontalpodautoscaler_spec_target_metric",
    by: ["horizontalpodautoscaler", "metric_name", "metric_target_type"],
    matchers: [{ label: "metric_name", in: RESOURCE_NAMES }],
  },
  // Releases before 2.9 have it built in, later ones where they are configured to read these objects.
  verticals: { metric: "kube_verticalpodautoscaler_spec_updatepolicy_updatemode", by: VERTICAL_BY },
  customVerticals: {
    metric: "kube_customresource_verticalpodautoscaler_spec_updatepolicy_updatemode",
    by: VERTICAL_BY,
  },
} as const;

type Autoscalers = State<keyof typeof AUTOSCALERS>;

/** Targets that are amounts: what is requested does not move them. */
const ABSOLUTE: ReadonlySet<unknown> = new Set(["value", "average"]);

/**
 * HorizontalPodAutoscalers that scale by a share of CPU or memory requests, by the workload that they scale. A metric
 * of one container only shows no container here, and counts for all of them.
 */
export function autoscalersByWorkload(state: Autoscalers): ReadonlyMap<string, readonly Autoscaler[]> {
  const shares = state("scalerMetrics").filter(({ labels }) => !ABSOLUTE.has(labels["metric_target_type"]));
  const scaled = Map.groupBy(shares, scalerKey);
  const autoscalers = state("scalers").flatMap((info): { key: string; autoscaler: Autoscaler }[] => {
    const key = targetKey(info, "scaletargetref_kind", "scaletargetref_name");
    const names = new Set(scaled.get(scalerKey(info))?.map(({ labels }) => labels["metric_name"]));
    const resources = RESOURCE_NAMES.filter((name) => names.has(name));
    if (key === undefined || resources.length === 0) return [];
    return [{ key, autoscaler: { name: info.labels["horizontalpodautoscaler"] ?? "", resources } }];
  });
  return new Map(
    [...Map.groupBy(autoscalers, ({ key }) => key)].map(([key, own]) => [
      key,
      own.map(({ autoscaler }) => autoscaler),
    ]),
  );
}

/**
 * VerticalPodAutoscalers by the workload that they aim at. Each mode has a sample, 1 for the one that is set;
 * none is for a mode that this release does not know, and that one acts.
 */
export function verticalsByWorkload(state: Autoscalers): ReadonlyMap<string, VerticalAutoscaler> {
  const verticals = new Map<string, VerticalAutoscaler>();
  const modes = [...state("verticals"), ...state("customVerticals")];
  for (const samples of Map.groupBy(modes, (sample) => objectKey(sample, "verticalpodautoscaler")).values()) {
    const [first] = samples;
    const key = first && targetKey(first, "target_kind", "target_name");
    if (first === undefined || key === undefined) continue;
    const set = samples.filter(({ value }) => value > 0).map(({ labels }) => labels["update_mode"]);
    const acts = set.length === 0 || set.some((mode) => mode !== "Off");
    if (verticals.get(key)?.acts !== true)
      verticals.set(key, { name: first.labels["verticalpodautoscaler"] ?? "", acts });
  }
  return verticals;
}

function targetKey({ labels }: LastSample, kindLabel: string, nameLabel: string): string | undefined {
  const kind = labels[kindLabel] ?? "";
  if (!isWorkloadKind(kind)) return undefined;
  return workloadKey({ namespace: labels["namespace"] ?? "", kind, name: labels[nameLabel] ?? "" });
}

function scalerKey(sample: LastSample): string {
  return objectKey(sample, "horizontalpodautoscaler");
}
