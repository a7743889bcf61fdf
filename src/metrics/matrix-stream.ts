import { z } from "zod";
import { decimalIn } from "./decimal.ts";
import { warningsOf } from "./prometheus-answer.ts";
import { QueryLimitError } from "./query-limit-error.ts";
import { SampleBuffer } from "./sample-buffer.ts";

/** Called with each series; the samples are overwritten by those of the next one. */
export type TakeSamples = (labels: Readonly<Record<string, string>>, samples: Readonly<SampleBuffer>) => void;

const envelope = z.object({
  status: z.literal("success"),
  warnings: z.array(z.string()).default([]),
  isPartial: z.boolean().default(false),
  data: z.object({ resultType: z.literal("matrix"), result: z.array(z.never()) }),
});
const labelled = z.object({ metric: z.record(z.string(), z.string()) });

/** Of one series; two months of samples 15 s apart are 10 MB. */
const MAX_SERIES_BYTES = 64 * 2 ** 20;
/** Of everything else. */
const MAX_ENVELOPE_BYTES = 2 ** 20;

/**
 * Reads the answer of the query API with a matrix as it comes in, one series in memory at a time and no object a
 * sample. Gives the server's warnings. Throws `SyntaxError` or `ZodError` where it is not what Prometheus sends,
 * `QueryLimitError` where one series is too large.
 */
export async function readMatrix(
  chunks: AsyncIterable<Buffer>,
  take: TakeSamples,
): Promise<readonly string[]> {
  const samples = new SampleBuffer();
  const outside: string[] = [];
  let outsideBytes = 0;
  for await (const { text, isSeries } of partsOf(chunks)) {
    if (isSeries) takeSeries(text, samples, take);
    else if ((outsideBytes += text.length) <= MAX_ENVELOPE_BYTES) outside.push(text.toString("latin1"));
    else throw new SyntaxError("the answer holds something besides its series");
  }
  const between = /(?<="result":\[),+/;
  const json = Buffer.from(outside.join("").replace(between, ""), "latin1").toString();
  return warningsOf(envelope.parse(JSON.parse(json)));
}

interface Part {
  readonly text: Buffer;
  /** An object in the array of results; what is between them is no series. */
  readonly isSeries: boolean;
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

/** Results stand in `{"data":{"result":[…]}}`. */
const RESULT_DEPTH = 3;

/** Cuts JSON into the objects of `data.result` and the rest, in order. */
async function* partsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const walk = new Walk();
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const { inSeries: isSeries } = walk;
      const to = walk.toBorder(chunk, from);
      begun.push(chunk.subarray(from, to));
      bytes += to - from;
      if (bytes > MAX_SERIES_BYTES) throw new QueryLimitError("one series of the answer is too large");
      if (isSeries === walk.inSeries) break;
      yield { text: Buffer.concat(begun), isSeries };
      begun = [];
      bytes = 0;
      from = to;
    }
  }
  yield { text: Buffer.concat(begun), isSeries: walk.inSeries };
}

/** A walk along the bytes of JSON that knows where in its structure it is. */
class Walk {
  inSeries = false;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #inResults = false;

  /** To where a series begins or ends, or to the end of the chunk. */
  toBorder(chunk: Buffer, from: number): number {
    let inText = this.#inText;
    let escaped = this.#escaped;
    // A border lies in no text.
    this.#inText = false;
    this.#escaped = false;
    for (let at = from; at < chunk.length; at++) {
      const code = chunk[at] ?? 0;
      if (inText) {
        if (escaped) escaped = false;
        else if (code === QUOTE) inText = false;
        else if (code === BACKSLASH) escaped = true;
      } else if (code === QUOTE) inText = true;
      // Most of an answer: digits, commas, points.
      else if (code < OPEN_ARRAY) continue;
      else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        if (!this.inSeries && this.#inResults && this.#depth === RESULT_DEPTH && code === OPEN_OBJECT) {
          this.inSeries = true;
          return at;
        }
        this.#depth += 1;
        if (this.#depth === RESULT_DEPTH) this.#inResults = code === OPEN_ARRAY;
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
        this.#depth -= 1;
        if (this.inSeries && this.#depth === RESULT_DEPTH) {
          this.inSeries = false;
          return at + 1;
        }
      }
    }
    this.#inText = inText;
    this.#escaped = escaped;
    return chunk.length;
  }
}

/** Only a key is followed by `:[`, so that these bytes stand in no label. */
const VALUES = Buffer.from('"values":[');

function takeSeries(text: Buffer, samples: SampleBuffer, take: TakeSamples): void {
  samples.count = 0;
  const found = text.indexOf(VALUES);
  const from = found + VALUES.length;
  const to = found < 0 ? from : readPairs(text, from, samples);
  const rest = found < 0 ? text.toString() : text.toString("utf8", 0, from) + text.toString("utf8", to);
  const { metric } = labelled.parse(JSON.parse(rest));
  if (samples.count > 0) take(metric, samples);
}

const COMMA = 44;

/** `[1767571201.5,"0.25"],…` up to the bracket that ends them, whose place is given. */
function readPairs(text: Buffer, from: number, samples: SampleBuffer): number {
  let at = from;
  if (text[at] === CLOSE_ARRAY) return at;
  for (;;) {
    const comma = text.indexOf(COMMA, at);
    const end = text.indexOf(CLOSE_ARRAY, comma);
    const quoted = text[comma + 1] === QUOTE && text[end - 1] === QUOTE;
    if (text[at] !== OPEN_ARRAY || comma < 0 || end < 0 || !quoted)
      throw new SyntaxError("a sample is no pair");
    samples.add(Math.round(decimalIn(text, at + 1, comma) * 1000), decimalIn(text, comma + 2, end - 1));
    at = end + 1;
    if (text[at] === CLOSE_ARRAY) return at;
    if (text[at] !== COMMA) throw new SyntaxError("samples are no list");
    at += 1;
  }
}
