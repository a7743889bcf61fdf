const MI = 2 ** 20;

/** KRR's `_round_value` (core/runner.py): up to whole millicores, at least 10m. */
export function krrCores(cores: number): number {
  return Math.max(Math.ceil(cores * 1000) / 1000, 0.01);
}

/** Up to whole MiB, at least 100 Mi. */
export function krrMemory(bytes: number): number {
  return Math.max(Math.ceil(bytes / MI) * MI, 100 * MI);
}
