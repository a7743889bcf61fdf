import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap's part for new objects as small as it begins. V8 lets it grow to 32 MiB and more, which makes
 * a sweep of 10,000 workloads take a third more memory and no less time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
