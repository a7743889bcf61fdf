import type { Gate, Guard } from "../guard.ts";
import { bounds } from "./bounds.ts";
import { cpuPeak } from "./cpu-peak.ts";
import { disabled } from "./disabled.ts";
import { enoughToLower, enoughToRaise } from "./enough-data.ts";
import { evicted } from "./evicted.ts";
import { floor } from "./floor.ts";
import { heap } from "./heap.ts";
import { horizontalAutoscaler } from "./horizontal-autoscaler.ts";
import { initContainer } from "./init-container.ts";
import { largestStep } from "./largest-step.ts";
import { limitRange } from "./limit-range.ts";
import { memoryPeak } from "./memory-peak.ts";
import { nearLimit } from "./near-limit.ts";
import { oomKill } from "./oom-kill.ts";
import { partialUsage } from "./partial-usage.ts";
import { podResources } from "./pod-resources.ts";
import { podRoom } from "./pod-room.ts";
import { qosClass } from "./qos.ts";
import { quota } from "./quota.ts";
import { newRelease } from "./release.ts";
import { shortLived } from "./short-lived.ts";
import { verticalAutoscaler } from "./vertical-autoscaler.ts";

/** Asked in this order, the first that holds is the reason. */
export const GATES: readonly Gate[] = [
  disabled,
  initContainer,
  podResources,
  verticalAutoscaler,
  horizontalAutoscaler,
  qosClass,
  enoughToRaise,
];

/** Of several bounds the one that moves the number last is the reason. */
export const GUARDS: readonly Guard[] = [
  memoryPeak,
  cpuPeak,
  nearLimit,
  heap,
  largestStep,
  newRelease,
  oomKill,
  evicted,
  floor,
  enoughToLower,
  partialUsage,
  shortLived,
  bounds,
  limitRange,
  podRoom,
  quota,
];
