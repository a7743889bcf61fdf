/** Unix seconds are below this until the year 5138, milliseconds above it since 1973. */
const SECONDS_BELOW = 1e11;
const WRITTEN = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * Unix milliseconds of `2014-02-14 14:30:00` (UTC where no zone is named), of ISO 8601, or of Unix seconds or
 * milliseconds; `undefined` for anything else.
 */
export function parseTime(text: string): number | undefined {
  if (/^\d{1,14}(?:\.\d{1,9})?$/.test(text)) {
    const number = Number(text);
    return number < SECONDS_BELOW ? number * 1000 : number;
  }
  const [, date, time = "00:00", zone = "Z"] = WRITTEN.exec(text) ?? [];
  if (date === undefined) return undefined;
  const timeMs = Date.parse(`${date}T${time}${zone.replace(/(\d{2})(\d{2})$/, "$1:$2")}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
