/** What too little, too much and a change cost, each against a request of which all is unused. */
export interface CpuProfile {
  /** The time that use is above the request. */
  readonly overrun: number;
  /** A day that spends more than {@link badDay} of its time above it. */
  readonly badDay: number;
  /** What a change has to gain. */
  readonly change: number;
  /** Added to all that was seen. */
  readonly margin: number;
}

export interface MemoryProfile {
  /** Above the highest use, at the least; twice that, at the most, where its highest days differ. */
  readonly margin: number;
  /** The power to which the largest rise is taken to come again. */
  readonly rise: number;
}

export interface AdaptiveParameters {
  readonly cpu: CpuProfile;
  readonly memory: MemoryProfile;
}

export const PROFILE_NAMES = ["balanced", "safe"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export const PROFILES: Readonly<Record<ProfileName, AdaptiveParameters>> = {
  balanced: {
    cpu: { overrun: 6, badDay: 2, change: 0.15, margin: 0 },
    memory: { margin: 0.05, rise: 1.1 },
  },
  safe: {
    cpu: { overrun: 12, badDay: 4, change: 0.15, margin: 0.03 },
    memory: { margin: 0.1, rise: 1.3 },
  },
};
