import { InputError } from "../domain/input-error.ts";
import { parseTime } from "./parse-time.ts";
import type { UseSeries } from "./series.ts";

export interface CsvOptions {
  /** For errors: what the user called the file. */
  readonly file: string;
  readonly name: string;
  /** What a value of one is, in cores or bytes. */
  readonly scale: number;
}

/** Longer lines hold no time and number. */
const LONGEST_LINE = 1000;
/** Files may well begin with a byte order mark. */
const MARK = /^\uFEFF/;

/**
 * A series from `timestamp,value` lines, with or without a header: other columns may stand between where it
 * names these two. Samples are put in the order of time; the last one of a time counts. Throws an `InputError`
 * that names the line.
 */
export function csvSeries(text: string, { file, name, scale }: CsvOptions): UseSeries {
  const samples = new Map<number, number>();
  let columns: Columns | undefined;
  for (const [index, line] of lines(text.replace(MARK, ""))) {
    const at = `${file}:${index + 1}`;
    if (line.length > LONGEST_LINE) throw new InputError(`${at}: the line is longer than any sample`);
    const fields = line.split(",").map(bare);
    if (!columns) {
      columns = headerOf(fields) ?? FIRST_TWO;
      if (columns !== FIRST_TWO) continue;
    }
    const timeMs = parseTime(fields[columns.time] ?? "");
    if (timeMs === undefined)
      throw new InputError(
        `${at}: ${said(fields[columns.time])} is no time; write 2026-01-31 14:30:00 (UTC), 2026-01-31T14:30:00Z, or Unix seconds or milliseconds`,
      );
    samples.set(timeMs, valueOf(fields[columns.value], at) * scale);
  }
  if (samples.size === 0)
    throw new InputError(`${file}: holds no samples; write a line "timestamp,value" for each`);
  const ordered = [...samples].sort(([a], [b]) => a - b);
  return {
    name,
    pods: [
      {
        pod: name,
        timesMs: Float64Array.from(ordered, ([timeMs]) => timeMs),
        values: Float64Array.from(ordered, ([, value]) => value),
      },
    ],
  };
}

interface Columns {
  readonly time: number;
  readonly value: number;
}

const FIRST_TWO: Columns = { time: 0, value: 1 };

/** Which columns they are, where the first line holds names instead of a sample. */
function headerOf(fields: readonly string[]): Columns | undefined {
  if (fields.length < 2 || parseTime(fields[0] ?? "") !== undefined || isNumber(fields[1] ?? ""))
    return undefined;
  const names = fields.map((field) => field.toLowerCase());
  const time = names.findIndex((one) => /^(?:timestamp|time|date|datetime)$/.test(one));
  const value = names.indexOf("value");
  return { time: Math.max(time, 0), value: value < 0 ? 1 : value };
}

function valueOf(field: string | undefined, at: string): number {
  const value = Number(field);
  if (field === undefined || !isNumber(field)) throw new InputError(`${at}: ${said(field)} is no number`);
  if (value < 0) throw new InputError(`${at}: ${said(field)} is negative, which no use of a resource is`);
  return value;
}

function isNumber(field: string): boolean {
  return field !== "" && Number.isFinite(Number(field));
}

function said(field: string | undefined): string {
  return field === undefined ? "nothing after the comma" : JSON.stringify(field.slice(0, 40));
}

function bare(field: string): string {
  return field.trim().replace(/^"(.*)"$/, "$1");
}

/** One at a time, so that a large text is not there twice; blank ones are left out. */
function* lines(text: string): Generator<readonly [index: number, line: string]> {
  let start = 0;
  for (let index = 0; start < text.length; index++) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    if (line !== "") yield [index, line];
    start = end + 1;
  }
}
