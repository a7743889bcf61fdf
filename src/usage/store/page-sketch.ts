import type { Distribution } from "../distribution.ts";
import { merge, Sketch, SKETCH_BINS, type SketchParts } from "../sketch.ts";
import { type ByteReader, DamagedBytes } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Twice a whole count and one more has to fit into 32 bits. */
const WHOLE_END = 2 ** 31;

/**
 * Sketches as bytes, in two places. In the column of all whole counts of a page: twice each, one more where bins
 * were left out before it. With its container: twice how many bins there are, one more where their counts are
 * doubles; the sum, minimum and maximum as doubles, unless there are no bins; and how many bins were left out,
 * wherever some were. Doubles stand with the container, each behind how many bins were left out before it.
 */
export class SketchWriter {
  readonly #counts = new ByteWriter();
  #length = 0;

  /** What is no sketch becomes one. */
  write(out: ByteWriter, values: Distribution): void {
    const sketch = values instanceof Sketch ? values : merge([values]);
    const { bins, counts, sum, min, max } = sketch.parts;
    const whole =
      sketch.count < WHOLE_END && (counts instanceof Uint32Array || counts.every(Number.isInteger));
    out.varint(2 * bins.length + (whole ? 0 : 1));
    if (bins.length === 0) return;
    for (const value of [sum, min, max]) out.double(value);
    let expected = 0;
    for (let index = 0; index < bins.length; index++) {
      const left = (bins[index] ?? 0) - expected;
      const count = counts[index] ?? 0;
      if (whole) this.#counts.varint(2 * count + (left > 0 ? 1 : 0));
      if (!whole || left > 0) out.varint(left);
      if (!whole) out.double(count);
      expected += left + 1;
    }
    if (whole) this.#length += bins.length;
  }

  /** How long the column is, and the column. */
  finish(out: ByteWriter): void {
    out.varint(this.#length);
    out.append(this.#counts.written());
  }
}

/** Reads the column first; its sketches share two arrays, because making many small ones takes longer than all else. */
export class SketchReader {
  readonly #counts: Uint32Array;
  readonly #bins: Uint16Array;
  #used = 0;

  constructor(from: ByteReader) {
    this.#counts = new Uint32Array(from.length(1));
    this.#bins = new Uint16Array(this.#counts.length);
    from.varints(this.#counts);
  }

  read(from: ByteReader): Sketch {
    const head = from.varint();
    const length = head >>> 1;
    if (length === 0) return EMPTY;
    const [sum, min, max] = [from.double(), from.double(), from.double()];
    const { bins, counts } = head % 2 === 0 ? this.#whole(from, length) : doubles(from, length);
    return new Sketch({ bins, counts, sum, min, max });
  }

  #whole(from: ByteReader, length: number): Pick<SketchParts, "bins" | "counts"> {
    const end = this.#used + length;
    if (end > this.#counts.length) throw new DamagedBytes("too few counts");
    const bins = this.#bins.subarray(this.#used, end);
    const counts = this.#counts.subarray(this.#used, end);
    this.#used = end;
    let bin = 0;
    for (let index = 0; index < length; index++) {
      const coded = counts[index] ?? 0;
      if (coded & 1) bin += from.varint();
      bins[index] = inSketch(bin++);
      counts[index] = coded >>> 1;
    }
    return { bins, counts };
  }
}

function doubles(from: ByteReader, length: number): Pick<SketchParts, "bins" | "counts"> {
  if (length > SKETCH_BINS) throw new DamagedBytes("too many bins");
  const bins = new Uint16Array(length);
  const counts = new Float64Array(length);
  let bin = 0;
  for (let index = 0; index < length; index++) {
    bin += from.varint();
    bins[index] = inSketch(bin++);
    counts[index] = from.double();
  }
  return { bins, counts };
}

function inSketch(bin: number): number {
  if (bin >= SKETCH_BINS) throw new DamagedBytes("no bin of a sketch");
  return bin;
}

const EMPTY = merge([]);
