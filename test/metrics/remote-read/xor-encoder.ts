/** Unix milliseconds and a value. */
export type Sample = readonly [timeMs: number, value: number];

/**
 * An XOR chunk of samples, written bit by bit as the documentation of Prometheus's TSDB says and as its
 * appender does; slow, and with nothing in common with the decoder.
 */
export function encodeXorChunk(samples: readonly Sample[]): Uint8Array {
  let bits = samples.length.toString(2).padStart(16, "0");
  let [lastMs, lastDelta] = [0n, 0n];
  let last = 0n;
  let window: { leading: number; trailing: number } | undefined;
  for (const [index, [time, value]] of samples.entries()) {
    const timeMs = BigInt(time);
    const delta = timeMs - lastMs;
    const pattern = patternOf(value);
    if (index === 0) {
      bits += uvarint(BigInt.asUintN(64, (timeMs << 1n) ^ (timeMs >> 63n))) + binary(pattern, 64);
    } else {
      bits += index === 1 ? uvarint(BigInt.asUintN(64, delta)) : timeBits(delta - lastDelta);
      const xor = pattern ^ last;
      if (xor === 0n) bits += "0";
      else {
        const text = binary(xor, 64);
        const leading = Math.min(31, text.indexOf("1"));
        const trailing = 63 - text.lastIndexOf("1");
        if (window !== undefined && leading >= window.leading && trailing >= window.trailing) {
          bits += `10${text.slice(window.leading, 64 - window.trailing)}`;
        } else {
          window = { leading, trailing };
          const significant = 64 - leading - trailing;
          bits += `11${binary(leading, 5)}${binary(significant % 64, 6)}${text.slice(leading, 64 - trailing)}`;
        }
      }
    }
    lastDelta = delta;
    lastMs = timeMs;
    last = pattern;
  }
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

/** The difference of two differences. */
function timeBits(difference: bigint): string {
  if (difference === 0n) return "0";
  for (const [prefix, width] of [
    ["10", 14],
    ["110", 17],
    ["1110", 20],
  ] as const) {
    const half = 2n ** BigInt(width - 1);
    if (difference > -half && difference <= half) return prefix + binary(difference, width);
  }
  return `1111${binary(difference, 64)}`;
}

function binary(number: bigint | number, width: number): string {
  return BigInt.asUintN(width, BigInt(number)).toString(2).padStart(width, "0");
}

function uvarint(number: bigint): string {
  const groups = [];
  let rest = number;
  for (; rest >= 128n; rest >>= 7n) groups.push(binary((rest & 127n) | 128n, 8));
  return groups.join("") + binary(rest, 8);
}

function patternOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}
