import { BrokenAnswer } from "./broken-answer.ts";
import { FieldReader } from "./field-reader.ts";

/** What one message tells of a series; the next message may go on with it. */
export interface ChunkedSeries {
  /** With `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where its XOR chunks start and end in the message, one after the other, in the order of time. */
  readonly chunks: readonly number[];
}

/** `prompb.Chunk.Encoding`; histograms say nothing about usage. */
const XOR = 1;

/** A container has a few dozen, each of at most a few hundred letters. */
const MOST_LABELS = 1000;
const LONGEST_LABEL = 2 ** 16;

/** The series of a `prompb.ChunkedReadResponse`, one by one. Throws {@link BrokenAnswer}. */
export function* seriesIn(message: Uint8Array): Generator<ChunkedSeries> {
  for (const field = new FieldReader(message); field.next();)
    if (field.number === 1) yield seriesAt(message, field.start, field.end);
}

function seriesAt(message: Uint8Array, start: number, end: number): ChunkedSeries {
  const labels: [name: string, value: string][] = [];
  const chunks: number[] = [];
  for (const field = new FieldReader(message, start, end); field.next();) {
    if (field.number === 1 && labels.push(labelAt(message, field.start, field.end)) > MOST_LABELS)
      throw new BrokenAnswer(`a series has more than ${MOST_LABELS} labels`);
    if (field.number === 2) addChunk(chunks, message, field.start, field.end);
  }
  return { labels: Object.fromEntries(labels), chunks };
}

function labelAt(message: Uint8Array, start: number, end: number): [name: string, value: string] {
  if (end - start > LONGEST_LABEL) throw new BrokenAnswer(`a label has more than ${LONGEST_LABEL} bytes`);
  const label: [string, string] = ["", ""];
  for (const field = new FieldReader(message, start, end); field.next();)
    if (field.number === 1 || field.number === 2)
      label[field.number - 1] = utf8.decode(message.subarray(field.start, field.end));
  return label;
}

const utf8 = new TextDecoder();

function addChunk(chunks: number[], message: Uint8Array, start: number, end: number): void {
  let [type, from, to] = [0, 0, 0];
  for (const field = new FieldReader(message, start, end); field.next();) {
    if (field.number === 3) type = field.value;
    if (field.number === 4) [from, to] = [field.start, field.end];
  }
  if (type === XOR && from < to) chunks.push(from, to);
}
