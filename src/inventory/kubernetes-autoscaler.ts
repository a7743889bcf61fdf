import { z } from "zod";
import { RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import type { Autoscaler, WorkloadId } from "../domain/workload.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";
import { TargetRef, targetOf } from "./kubernetes-target.ts";

/** What a HorizontalPodAutoscaler says of one workload. */
export interface LiveAutoscaler {
  readonly target: WorkloadId;
  /** One for the metrics of whole pods, and one a container that has its own. */
  readonly autoscalers: readonly Autoscaler[];
}

/** A HorizontalPodAutoscaler of `autoscaling/v2` or `v1`; `undefined` where it scales no workload of ours by a share of its CPU or memory requests. */
export function readAutoscaler(item: unknown): LiveAutoscaler | undefined {
  const parsed = Item.safeParse(item);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const target = targetOf(metadata.namespace, spec.scaleTargetRef);
  const metrics = spec.metrics ?? metricsOfV1(spec.targetCPUUtilizationPercentage, metadata.annotations);
  const autoscalers = autoscalersOf(metadata.name, metrics);
  return target === undefined || autoscalers.length === 0 ? undefined : { target, autoscalers };
}

function autoscalersOf(name: string, metrics: readonly Metric[]): Autoscaler[] {
  const byContainer = Map.groupBy(metrics, (metric) => metric.container);
  return [...byContainer].map(([container, scaled]) => ({
    name,
    resources: RESOURCE_NAMES.filter((resource) => scaled.some((metric) => metric.resource === resource)),
    ...(container === undefined ? {} : { container }),
  }));
}

/**
 * `v1` has only CPU in its body (by default, too, where nothing else is set); the API server puts all other
 * metrics into an annotation.
 */
function metricsOfV1(targetCpu: unknown, annotations: Readonly<Record<string, unknown>>): Metric[] {
  const others = Metrics.parse(parsedJson(annotations["autoscaling.alpha.kubernetes.io/metrics"]));
  const scalesCpu = (targetCpu !== undefined && targetCpu !== null) || others === undefined;
  return [...(scalesCpu ? [{ resource: "cpu", container: undefined } as const] : []), ...(others ?? [])];
}

function parsedJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

interface Metric {
  readonly resource: ResourceName;
  readonly container: string | undefined;
}

const Scaled = z.object({
  name: z.enum(RESOURCE_NAMES),
  target: z.object({ type: z.string() }).optional().catch(undefined),
  targetAverageValue: z.unknown().optional(),
});

/** A target that is an amount stays what it is, whatever is requested; one that says nothing is taken for a share. */
function isShare({ target, targetAverageValue }: z.output<typeof Scaled>): boolean {
  return target?.type !== "AverageValue" && target?.type !== "Value" && targetAverageValue === undefined;
}

const RawMetric = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Resource"), resource: Scaled }),
  z.object({
    type: z.literal("ContainerResource"),
    containerResource: Scaled.extend({ container: z.string() }),
  }),
]);

/** Other types of metrics, and malformed ones, are none of ours. `undefined` where there is no list. */
const Metrics = z
  .array(z.unknown())
  .optional()
  .catch(undefined)
  .transform((items) =>
    items?.flatMap((item): Metric[] => {
      const { data } = RawMetric.safeParse(item);
      if (data === undefined) return [];
      const [scaled, container] =
        data.type === "Resource"
          ? [data.resource, undefined]
          : [data.containerResource, data.containerResource.container];
      return isShare(scaled) ? [{ resource: scaled.name, container }] : [];
    }),
  );

const Item = z.object({
  metadata: z.object({
    name: z.string().regex(OBJECT_NAME),
    namespace: z.string().regex(OBJECT_NAME),
    annotations: z.record(z.string(), z.unknown()).catch({}),
  }),
  spec: z.object({
    scaleTargetRef: TargetRef,
    metrics: Metrics,
    targetCPUUtilizationPercentage: z.unknown().optional(),
  }),
});
