import type { Gate } from "../guard.ts";

/** A native sidecar runs as long as the pod and is advised like any other container. */
export const initContainer: Gate = ({ container }) =>
  container.role === "init"
    ? { code: "init-container", message: "an init container runs too briefly to be measured" }
    : undefined;
