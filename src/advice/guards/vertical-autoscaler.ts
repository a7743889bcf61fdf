import type { Gate } from "../guard.ts";

/** What it is told to leave alone, a container or a resource, is advised like any other. */
export const verticalAutoscaler: Gate = ({
  resource,
  container,
  workload: { verticalAutoscaler: scaler },
}) => {
  const controls = scaler?.controls ?? [];
  const own =
    controls.find((one) => one.container === container.name) ??
    controls.find((one) => one.container === undefined);
  return scaler?.acts && (own?.resources.includes(resource) ?? true)
    ? {
        code: "vpa",
        message: `the VerticalPodAutoscaler "${scaler.name}" sets requests while pods run: what is written would not count`,
      }
    : undefined;
};
