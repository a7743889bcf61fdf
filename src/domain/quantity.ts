/**
 * Kubernetes quantities, as in `resource.Quantity` of k8s.io/apimachinery: a decimal number followed by a
 * binary (`Ki`…`Ei`) or decimal (`n`, `u`, `m`, `k`…`E`) suffix, or a decimal exponent.
 *
 * A quantity stays the text that a person wrote. Arithmetic goes through {@link nanos}, which is exact.
 */
export type Quantity = string;

const SUFFIX: Record<string, bigint> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  "": 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: (10n ** 9n) << 10n,
  Mi: (10n ** 9n) << 20n,
  Gi: (10n ** 9n) << 30n,
  Ti: (10n ** 9n) << 40n,
  Pi: (10n ** 9n) << 50n,
  Ei: (10n ** 9n) << 60n,
};

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/** No quantity that a person means is longer; the bound keeps hostile input cheap. */
const LONGEST = 64;

/**
 * The exact value in billionths of the base unit (a core, a byte), rounded away from zero below that as
 * Kubernetes does. `undefined` where the text is no quantity.
 */
export function nanos(text: string): bigint | undefined {
  if (text.length > LONGEST) return undefined;
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", suffix, exponent] = match;
  if (whole === "" && fraction === "") return undefined;
  let numerator = BigInt(whole + fraction);
  let denominator = 10n ** BigInt(fraction.length);
  if (exponent === undefined) {
    numerator *= SUFFIX[suffix ?? ""] ?? 0n;
  } else {
    const power = Number(exponent) + 9;
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
  }
  const magnitude = (numerator + denominator - 1n) / denominator;
  return sign === "-" ? -magnitude : magnitude;
}

/** Whether the text is a quantity that Kubernetes would accept for requests and limits: not negative. */
export function isQuantity(text: string): boolean {
  const value = nanos(text);
  return value !== undefined && value >= 0n;
}

/** Equal as Kubernetes compares them: `0.5` is `500m`, `1Gi` is `1024Mi`. */
export function sameQuantity(a: Quantity | undefined, b: Quantity | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const left = nanos(a);
  return left === undefined ? a === b : left === nanos(b);
}

const NANO = 10n ** 9n;

/** The value in base units: cores for CPU, bytes for memory. Throws on text that is no quantity. */
export function baseUnits(quantity: Quantity): number {
  const value = nanos(quantity);
  if (value === undefined)
    throw new RangeError(`not a Kubernetes quantity: ${JSON.stringify(quantity.slice(0, LONGEST))}`);
  // Whole units apart from the rest, where both together are more than a number holds.
  const exact = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return exact ? Number(value) / 1e9 : Number(value / NANO) + Number(value % NANO) / 1e9;
}

/** CPU as people write it, in whole millicores rounded up: `350m`, `2`, `1500m`. */
export function cpuQuantity(cores: number): Quantity {
  const millis = Math.ceil(Number((cores * 1000).toFixed(6)));
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

const MI = 2 ** 20;

/** Memory as people write it, in whole MiB rounded up, in GiB where that is whole: `384Mi`, `2Gi`. */
export function memoryQuantity(bytes: number): Quantity {
  const mebibytes = Math.ceil(Number((bytes / MI).toFixed(6)));
  return mebibytes % 1024 === 0 && mebibytes > 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/**
 * A number of bytes as a person would have written it, exactly: in whole `Gi`, `Mi`, `G`, `M`, or `Ki` where
 * it is whole in one of them (268435456 → `256Mi`, 500000000 → `500M`), else in bytes; fractions of a byte
 * are rounded up.
 */
export function exactMemoryQuantity(bytes: number): Quantity {
  const whole = Math.ceil(bytes);
  if (whole === 0) return "0";
  for (const [suffix, size] of [
    ["Gi", 2 ** 30],
    ["Mi", MI],
    ["G", 1e9],
    ["M", 1e6],
    ["Ki", 2 ** 10],
  ] as const)
    if (whole % size === 0) return `${whole / size}${suffix}`;
  return String(whole);
}
