import { expect, it } from "vitest";
import { DEFAULT_POLICY } from "../../src/advice/policy.ts";
import type { ContainerUsage } from "../../src/usage/usage.ts";
import { adviceFor, usageOf } from "./situations.ts";

/** More than fit on the stack as arguments of one call. */
const PODS = 130_000;

it("what starts every few seconds has as many pods as it likes", () => {
  const { container, days } = usageOf({ from: 12, to: 13, cpu: 0.1 });
  const usage: ContainerUsage = {
    container,
    days: days.flatMap((day) =>
      Array.from({ length: day.day === 13 ? PODS : 1 }, (_, index) => ({ ...day, pod: `run-${index}` })),
    ),
  };
  const { recommended } = adviceFor({ usage, policy: DEFAULT_POLICY, requests: { cpu: "1", memory: "1Gi" } });
  expect(recommended?.requests.cpu).toBe("500m");
});
