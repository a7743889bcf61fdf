import type { Window } from "../domain/duration.ts";
import { RESOURCE_NAMES } from "../domain/resources.ts";
import { type Autoscaler, isWorkloadKind, workloadKey } from "../domain/workload.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { LabelMatcher, LastSample, SeriesSource } from "../metrics/series-source.ts";

/**
 * HorizontalPodAutoscalers that scale by CPU or memory, by the workload that they scale. A metric of one
 * container only shows no container here, and counts for all of them.
 */
export async function readAutoscalers(
  source: SeriesSource,
  namespaces: readonly string[],
  now: Window,
): Promise<Map<string, Autoscaler[]>> {
  const ask = (by: string[], metric: string, matchers: LabelMatcher[] = []): Promise<LastSample[]> =>
    inNamespaces(namespaces, (within) =>
      source.last({
        metric: `kube_horizontalpodautoscaler_${metric}`,
        matchers: [...within, ...matchers],
        window: now,
        by: ["namespace", "horizontalpodautoscaler", ...by],
      }),
    );
  const [infos, targets] = await Promise.all([
    ask(["scaletargetref_kind", "scaletargetref_name"], "info"),
    ask(["metric_name"], "spec_target_metric", [{ label: "metric_name", in: RESOURCE_NAMES }]),
  ]);
  const scaled = Map.groupBy(targets, autoscalerKey);
  const autoscalers = infos.flatMap((info): { key: string; autoscaler: Autoscaler }[] => {
    const { namespace = "", horizontalpodautoscaler = "", scaletargetref_name = "" } = info.labels;
    const kind = info.labels["scaletargetref_kind"] ?? "";
    const names = new Set(scaled.get(autoscalerKey(info))?.map(({ labels }) => labels["metric_name"]));
    const resources = RESOURCE_NAMES.filter((name) => names.has(name));
    if (!isWorkloadKind(kind) || resources.length === 0) return [];
    const key = workloadKey({ namespace, kind, name: scaletargetref_name });
    return [{ key, autoscaler: { name: horizontalpodautoscaler, resources } }];
  });
  return new Map(
    [...Map.groupBy(autoscalers, ({ key }) => key)].map(([key, own]) => [
      key,
      own.map(({ autoscaler }) => autoscaler),
    ]),
  );
}

function autoscalerKey({ labels }: LastSample): string {
  return `${labels["namespace"]}/${labels["horizontalpodautoscaler"]}`;
}
