/** How the use of a container goes over time, between `low` and `high` cores or bytes. */
export interface Pattern {
  readonly shape: "steady" | "daily" | "bursty" | "step";
  readonly low: number;
  readonly high?: number;
}

/** The value in a cell of time; `share` is the part of the window that is over. */
export function patternValue(pattern: Pattern, atMs: number, share: number, random: number): number {
  const { shape, low, high = low } = pattern;
  if (shape === "daily")
    return low + (high - low) * (0.5 - 0.5 * Math.cos((2 * Math.PI * atMs) / 86_400_000));
  if (shape === "bursty") return random < 0.04 ? high : low * (0.8 + 0.4 * random);
  return shape === "step" && share >= 0.5 ? high : low;
}

/** A number from 0 to 1 that the parts settle (FNV-1a, then the finalizer of MurmurHash3). */
export function randomOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join("\0"))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The letters that Kubernetes makes names of. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

export function randomName(length: number, ...parts: readonly (string | number)[]): string {
  return Array.from({ length }, (_, index) => SAFE[Math.floor(randomOf(...parts, index) * SAFE.length)]).join(
    "",
  );
}
