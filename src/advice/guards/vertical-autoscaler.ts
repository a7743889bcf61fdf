import type { Gate } from "../guard.ts";

export const verticalAutoscaler: Gate = ({ workload: { verticalAutoscaler: scaler } }) =>
  scaler?.acts
    ? {
        code: "vpa",
        message: `the VerticalPodAutoscaler "${scaler.name}" sets requests while pods run: what is written would not count`,
      }
    : undefined;
