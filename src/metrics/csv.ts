import { InputError } from "../domain/input-error.ts";
import { isWorkloadKind } from "../domain/workload.ts";
import type { Recorded, RecordedSeries } from "./openmetrics.ts";
import { implausible } from "./plausible.ts";
import { readLines } from "./read-lines.ts";

/** The columns that hold values, and what their series are called. */
const VALUES = [
  ["cpu_cores", "cpu"],
  ["memory_bytes", "memory"],
] as const;
const METRICS = VALUES.map(([metric]) => metric);
const NEEDED = ["time", "namespace", "pod", "container"] as const;
const COLUMNS = [...NEEDED, ...METRICS, "owner"] as const;
type Column = (typeof COLUMNS)[number];

/** 16 bytes each in memory, twice that while they are read. */
const MOST_SAMPLES = 20_000_000;

/**
 * Reads usage from a table with the columns `time`, `namespace`, `pod`, `container`, `cpu_cores` and
 * `memory_bytes` (one of them may be missing, cells may be empty) and, where it is known, `owner`
 * (`Deployment/api`): gauges named after their columns, with the rest as labels. Rows may stand in any order;
 * of several at one time the first counts. The file may be packed with gzip (`.gz`). Rejects with `InputError`
 * that names file and line.
 */
export async function readCsv(file: string): Promise<Recorded> {
  const table = new Table(file);
  const bytes = await readLines(file, (line) => table.take(line));
  return { series: table.end(), bytes };
}

interface Growing {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timesMs: number[];
  readonly values: number[];
  ascends: boolean;
}

class Table {
  readonly #file: string;
  readonly #series = new Map<string, Growing>();
  readonly #ownerOf = new Map<string, string>();
  #columns: Partial<Record<Column, number>> | undefined;
  #width = 0;
  #line = 0;
  #samples = 0;

  constructor(file: string) {
    this.#file = file;
  }

  take(line: string): void {
    this.#line += 1;
    const text = this.#line === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text === "") return;
    const cells = cellsOf(text);
    if (cells === undefined) throw this.#error("a quote is opened and not closed, or stands within a cell");
    if (this.#columns === undefined) this.#columns = this.#header(cells);
    else this.#row(cells, this.#columns);
  }

  end(): RecordedSeries[] {
    if (this.#columns === undefined) throw this.#error(`the header is missing: ${COLUMNS.join(",")}`);
    return [...this.#series.values()].map(({ metric, labels, ascends, timesMs, values }) => {
      const owner = this.#ownerOf.get(`${labels["namespace"]}/${labels["pod"]}`);
      const order = ascends ? undefined : [...timesMs.keys()].sort((a, b) => at(timesMs, a) - at(timesMs, b));
      return {
        metric,
        labels: owner === undefined ? labels : { ...labels, owner },
        timesMs: Float64Array.from(order?.map((index) => at(timesMs, index)) ?? timesMs),
        values: Float64Array.from(order?.map((index) => at(values, index)) ?? values),
      };
    });
  }

  #header(cells: readonly string[]): Partial<Record<Column, number>> {
    const names = cells.map((cell) => cell.trim().toLowerCase());
    const known: readonly string[] = COLUMNS;
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw this.#error(`unknown column ${quoted(unknown)}; there are ${COLUMNS.join(", ")}`);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw this.#error(`the column ${twice} is there twice`);
    const missing = NEEDED.find((name) => !names.includes(name));
    if (missing !== undefined) throw this.#error(`the column ${missing} is missing`);
    if (!METRICS.some((name) => names.includes(name)))
      throw this.#error(`neither ${METRICS.join(" nor ")} is a column`);
    this.#width = names.length;
    return Object.fromEntries(names.map((name, index) => [name, index]));
  }

  #row(cells: readonly string[], columns: Partial<Record<Column, number>>): void {
    if (cells.length !== this.#width)
      throw this.#error(`${cells.length} cells, where the header has ${this.#width}`);
    const cell = (column: Column): string => cells[columns[column] ?? -1] ?? "";
    const [namespace, pod, container, owner] = [
      cell("namespace"),
      cell("pod"),
      cell("container"),
      cell("owner"),
    ];
    for (const [column, name] of Object.entries({ namespace, pod, container }))
      if (!NAME.test(name)) throw this.#error(`${column} ${quoted(name)} is no name`);
    this.#checkOwner(`${namespace}/${pod}`, owner);
    const timeMs = this.#time(cell("time"));
    for (const [metric, resource] of VALUES) {
      const text = cell(metric);
      if (text === "") continue;
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      const wrong = implausible(resource, value);
      if (wrong !== undefined) throw this.#error(`${metric} ${quoted(text)} ${wrong}`);
      this.#put(metric, { namespace, pod, container }, timeMs, value);
    }
  }

  #put(metric: string, labels: Record<string, string>, timeMs: number, value: number): void {
    if (++this.#samples > MOST_SAMPLES) throw this.#error(`more than ${MOST_SAMPLES} values`);
    const key = `${metric}/${labels["namespace"]}/${labels["pod"]}/${labels["container"]}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { metric, labels, timesMs: [], values: [], ascends: true };
      this.#series.set(key, series);
    }
    if (timeMs < (series.timesMs.at(-1) ?? timeMs)) series.ascends = false;
    series.timesMs.push(timeMs);
    series.values.push(value);
  }

  /** ISO 8601 with its zone, or Unix seconds. */
  #time(text: string): number {
    if (DECIMAL.test(text)) {
      const seconds = Number(text);
      if (seconds < 1e11) return Math.round(seconds * 1000);
      throw this.#error(`time ${quoted(text)} is no number of Unix seconds: are these milliseconds?`);
    }
    const timeMs = ISO_TIME.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
    if (Number.isNaN(timeMs))
      throw this.#error(
        `time ${quoted(text)} is neither ISO 8601 with its zone (2026-11-22T06:00:00Z) nor Unix seconds`,
      );
    return timeMs;
  }

  #checkOwner(pod: string, owner: string): void {
    if (owner === "") return;
    const [kind = "", name = "", ...rest] = owner.split("/");
    if (!isWorkloadKind(kind) || !NAME.test(name) || rest.length > 0)
      throw this.#error(`owner ${quoted(owner)} is not written as Deployment/api`);
    const known = this.#ownerOf.get(pod) ?? owner;
    if (known !== owner) throw this.#error(`${pod} is owned by ${owner} here, and by ${known} before`);
    this.#ownerOf.set(pod, owner);
  }

  #error(what: string): InputError {
    return new InputError(`${this.#file}:${Math.max(1, this.#line)}: ${what}`);
  }
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;
const DECIMAL = /^\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$/;
const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.NaN;
}

const CELL = /(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/y;

/** The cells of a line, quoted or not; `undefined` where quotes do not fit. */
function cellsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(",").map((cell) => cell.trim());
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (let more = true; more;) {
    const match = CELL.exec(line);
    if (match === null) return undefined;
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? "").trim());
    more = match[0].endsWith(",");
  }
  return cells;
}
