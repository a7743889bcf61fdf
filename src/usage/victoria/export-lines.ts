import { z } from "zod";
import { decimalIn } from "../../metrics/decimal.ts";
import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import { SampleBuffer } from "../../metrics/sample-buffer.ts";
import type { TakeSamples } from "../../metrics/matrix-stream.ts";

/** Of one series; a month of samples 15 s apart is 5 MB. */
const MAX_LINE_BYTES = 64 * 2 ** 20;

const LINE_FEED = 10;

/**
 * Reads what VictoriaMetrics exports as it comes in: a line a series, `{"metric":{…},"values":[…],
 * "timestamps":[…]}`, times in milliseconds. Throws `SyntaxError` or `ZodError` where it is something else,
 * `QueryLimitError` where a line is too long.
 */
export async function readExport(chunks: AsyncIterable<Buffer>, take: TakeSamples): Promise<void> {
  const samples = new SampleBuffer();
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      takeLine(Buffer.concat([...begun, chunk.subarray(from, end)]), samples, take);
      begun = [];
      bytes = 0;
      from = end + 1;
    }
    begun.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > MAX_LINE_BYTES) throw new QueryLimitError("one series of the export is too large");
  }
  // Each line has its end, so that one cut short is noticed.
  if (bytes > 0) throw new SyntaxError("the export ends in the middle of a line");
}

const labelled = z.object({ metric: z.record(z.string(), z.string()) });

/** Only a key is followed by `:[`, so that these bytes stand in no label. */
const VALUES = Buffer.from('"values":[');
const TIMESTAMPS = Buffer.from('"timestamps":[');

function takeLine(line: Buffer, samples: SampleBuffer, take: TakeSamples): void {
  if (line.length === 0) return;
  const values = line.indexOf(VALUES);
  const times = line.indexOf(TIMESTAMPS);
  if (values < 0 || times < values) throw new SyntaxError("a line of the export has no values");
  const { metric } = labelled.parse(JSON.parse(`${line.toString("utf8", 0, values)}"values":[]}`));
  samples.count = 0;
  readPairs(line, times + TIMESTAMPS.length, values + VALUES.length, samples);
  if (samples.count > 0) take(metric, samples);
}

const [COMMA, QUOTE, CLOSE] = [44, 34, 93];

/** Walks along both lists at once. */
function readPairs(line: Buffer, timesFrom: number, valuesFrom: number, samples: SampleBuffer): void {
  let [time, value] = [timesFrom, valuesFrom];
  if (line[time] === CLOSE && line[value] === CLOSE) return;
  for (;;) {
    const timeEnd = itemEnd(line, time);
    const valueEnd = itemEnd(line, value);
    // Infinity stands in quotes.
    const quoted = line[value] === QUOTE ? 1 : 0;
    samples.add(decimalIn(line, time, timeEnd), decimalIn(line, value + quoted, valueEnd - quoted));
    if (line[timeEnd] !== line[valueEnd])
      throw new SyntaxError("a line has more times than values, or fewer");
    if (line[timeEnd] === CLOSE) return;
    time = timeEnd + 1;
    value = valueEnd + 1;
  }
}

function itemEnd(line: Buffer, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line[at];
    if (code === COMMA || code === CLOSE) return at;
  }
  throw new SyntaxError("a list of the export has no end");
}
