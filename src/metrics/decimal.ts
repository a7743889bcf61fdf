/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

const [ZERO, NINE, DOT] = [48, 57, 46];

/**
 * The number written in these bytes, the same that `Number` reads in their text, but without a string for each.
 * Up to 15 digits are held exactly, and so are powers of ten: their one division rounds right (W. D. Clinger,
 * How to Read Floating Point Numbers Accurately, 1990). `NaN` and `null` are
 * NaN. Throws `SyntaxError` for what is no number.
 */
export function decimalIn(bytes: Buffer, from: number, to: number): number {
  let digits = 0;
  let dotAt = -1;
  let whole = 0;
  for (let at = from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code >= ZERO && code <= NINE) {
      whole = whole * 10 + (code - ZERO);
      digits += 1;
    } else if (code === DOT && dotAt < 0 && at > from) dotAt = at;
    else return slowly(bytes, from, to);
  }
  if (digits === 0 || digits > 15) return slowly(bytes, from, to);
  return dotAt < 0 ? whole : whole / (POWERS[to - dotAt - 1] ?? 1);
}

function slowly(bytes: Buffer, from: number, to: number): number {
  const text = bytes.toString("latin1", from, to);
  if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^[+-]?Inf(?:inity)?$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (text === "NaN" || text === "null") return Number.NaN;
  throw new SyntaxError(`${text.slice(0, 40)} is no number`);
}
