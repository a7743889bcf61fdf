import type { Gate } from "../guard.ts";

/**
 * A utilisation target is a share of the request: with another request the autoscaler would choose another
 * number of pods, whose use would then ask for another request, and so on down. To move the request and keep
 * the absolute target, the target would have to change in the same commit.
 */
export const horizontalAutoscaler: Gate = ({ resource, container, workload }) => {
  if (workload.autoscalersUnknown)
    return {
      code: "hpa-unknown",
      message: "its HorizontalPodAutoscalers could not be read: another request might move their target",
    };
  const scaler = workload.autoscalers.find(
    (one) => one.resources.includes(resource) && (one.container ?? container.name) === container.name,
  );
  return scaler
    ? {
        code: "hpa",
        message: `the HorizontalPodAutoscaler "${scaler.name}" scales on ${resource}: another request would move its target`,
      }
    : undefined;
};
