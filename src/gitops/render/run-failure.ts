import type { Reason } from "../../domain/reason.ts";
import { DEFAULT_LIMITS, type RunLimits } from "./isolation.ts";

const MEBIBYTE = 2 ** 20;

/** Why a run that went over one of its bounds was stopped. */
export function explainRun(
  program: string,
  status: "timeout" | "too-large" | "out-of-memory",
  given: Partial<RunLimits>,
): Reason {
  const { timeoutMillis, outputBytes, memoryBytes } = { ...DEFAULT_LIMITS, ...given };
  switch (status) {
    case "timeout":
      return { code: "render-timeout", message: `${program} was not done after ${timeoutMillis / 1000} s` };
    case "too-large":
      return {
        code: "render-too-large",
        message: `${program} printed more than ${Math.floor(outputBytes / MEBIBYTE)} MiB`,
      };
    case "out-of-memory":
      return {
        code: "render-too-large",
        message: `${program} needed more than ${Math.floor(memoryBytes / MEBIBYTE)} MiB of memory`,
      };
  }
}
