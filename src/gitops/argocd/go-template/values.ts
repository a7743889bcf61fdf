import { isRecord } from "../../../manifests/key-path.ts";

/**
 * Values as a template has them: what JSON can hold, with a number for Go's float64, a bigint for its int, and
 * undefined for a key that is not there.
 */

/** What `if` asks; `empty` of sprig is the opposite. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isRecord(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As Go's `%v` prints it. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return goFloat(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isRecord(value)) return "";
  const entries = sortedEntries(value).map(([key, child]) => `${key}:${goText(child)}`);
  return `map[${entries.join(" ")}]`;
}

/** Keys as Go sorts them; it compares bytes, and so these are close enough. */
export function sortedEntries(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The shortest digits that read back; an exponent from a million on. */
function goFloat(value: number): string {
  const [, sign = "", digits = "", exponent = "0"] =
    /^(-?)([\d.]+)e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  const shown = String(Math.abs(power)).padStart(2, "0");
  return `${sign}${digits}e${power < 0 ? "-" : "+"}${shown}`;
}
