/** What makes the check run of a pull request fail, from the mildest to the strictest. */
export const CHECKS_FAIL_ON = ["none", "error", "warning"] as const;
export type ChecksFailOn = (typeof CHECKS_FAIL_ON)[number];

/** What says which pull requests are checked, and how strictly. */
export interface ChecksConfig {
  readonly checks?: "own" | "all" | undefined;
  readonly checksFailOn?: ChecksFailOn | undefined;
}

/** How strictly others' pull requests are checked; `undefined` where one of both leaves them alone. */
export function checksOfOthers(operator: ChecksConfig, own: ChecksConfig = {}): ChecksFailOn | undefined {
  if (operator.checks !== "all" || own.checks === "own") return undefined;
  const ranks = [operator, own].map(({ checksFailOn = "none" }) => CHECKS_FAIL_ON.indexOf(checksFailOn));
  return CHECKS_FAIL_ON[Math.max(...ranks)];
}
