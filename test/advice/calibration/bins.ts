/** What was claimed, and what came of it. */
export interface Claim {
  readonly confidence: number;
  readonly held: boolean;
}

/** Claims of about the same confidence. */
export interface Bin {
  readonly count: number;
  /** The mean confidence. */
  readonly said: number;
  /** The share that held. */
  readonly held: number;
}

/** In steps of a twentieth and a tenth, from a half on. */
const FROM = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/** Ascending; claims of less than a half are left out, and so are bins without any. */
export function binsOf(claims: readonly Claim[]): Bin[] {
  return FROM.map((from, index) =>
    claims.filter(({ confidence }) => confidence >= from && confidence < (FROM[index + 1] ?? 2)),
  ).flatMap((own) => (own.length > 0 ? binOf(own) : []));
}

export function binOf(claims: readonly Claim[]): Bin {
  const count = claims.length;
  return {
    count,
    said: claims.reduce((sum, { confidence }) => sum + confidence / count, 0),
    held: claims.filter(({ held }) => held).length / count,
  };
}

/** Whether what it says and what held lie further apart than this and two standard errors, which chance may do. */
export function isOff({ count, said, held }: Bin, by = 0.02): boolean {
  return Math.abs(said - held) > by + 2 * Math.sqrt((said * (1 - said)) / count);
}
