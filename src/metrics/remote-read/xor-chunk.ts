import { BrokenAnswer } from "./broken-answer.ts";

/** A chunk counts its samples in 16 bits. */
const MOST_SAMPLES = 65_535;
/** A sample takes 145 bits at the most: 4 and 64 for its time, 13 and 64 for its value. */
const MOST_BYTES = 2 + 10 + 8 + Math.ceil((MOST_SAMPLES * 145) / 8);
/** So that a sample may be read to its end before it is seen that the chunk ended in it. */
const SLACK_WORDS = 8;

/**
 * Decodes XOR chunks into arrays that are used again for the next one. Source: the description of chunks in
 * the documentation of Prometheus's TSDB; it is the format of the Gorilla paper (Pelkonen et al. 2015), with
 * other widths for times.
 *
 * The bytes are first copied into words, so that any 32 bits are two loads; numbers of 64 bits are kept as
 * two halves, for JavaScript has no fast integers of that size. Nothing is called (what is called is inlined)
 * or allocated for a sample: 120 samples take 2 µs.
 */
export class XorChunkDecoder {
  /** Unix milliseconds. */
  readonly timesMs = new Float64Array(MOST_SAMPLES);
  readonly values = new Float64Array(MOST_SAMPLES);
  readonly #halves = new Int32Array(this.values.buffer);
  #words = new Int32Array(1024);
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(this.#bytes.buffer);

  /**
   * Decodes the chunk in a part of these bytes; gives the number of samples that now stand in `timesMs` and
   * `values`. Throws {@link BrokenAnswer}.
   */
  decode(bytes: Uint8Array, from = 0, to = bytes.length): number {
    const end = this.#load(bytes, from, to) * 8;
    const words = this.#words;
    const halves = this.#halves;
    const timesMs = this.timesMs;
    const count = peek(words, 0) >>> 16;
    if (count === 0) return 0;

    let at = 16;
    const firstMs = varint(words, at);
    at += firstMs.bits;
    let timeMs = firstMs.value % 2 === 0 ? firstMs.value / 2 : -(firstMs.value + 1) / 2;
    let high = peek(words, at);
    let low = peek(words, at + 32);
    at += 64;
    timesMs[0] = timeMs;
    halves[HIGH] = high;
    halves[LOW] = low;

    const delta = varint(words, at);
    let deltaMs = delta.value;
    // What Prometheus's own reader takes for the bits of a value before it was told.
    let leading = 0;
    let significant = 64;
    if (count > 1) at += delta.bits;

    for (let index = 1; index < count; index++) {
      if (at >= end) throw new BrokenAnswer("a chunk ends before its last sample");
      let bits = peek(words, at);
      if (index === 1) {
        // The second time has no difference of differences.
      } else if (bits >= 0) {
        at += 1;
        bits <<= 1;
      } else {
        // A number of n bits is negative above 2^(n-1), not from there on.
        if (bits >>> 30 === 0b10) {
          deltaMs += (((((bits << 2) >>> 18) - 1) << 18) >> 18) + 1;
          at += 16;
        } else if (bits >>> 29 === 0b110) {
          deltaMs += (((((bits << 3) >>> 15) - 1) << 15) >> 15) + 1;
          at += 20;
        } else if (bits >>> 28 === 0b1110) {
          deltaMs += (((((bits << 4) >>> 12) - 1) << 12) >> 12) + 1;
          at += 24;
        } else {
          deltaMs += peek(words, at + 4) * 2 ** 32 + (peek(words, at + 36) >>> 0);
          at += 68;
        }
        bits = peek(words, at);
      }
      timeMs += deltaMs;
      timesMs[index] = timeMs;

      if (bits >= 0) at += 1;
      else {
        at += 2;
        if ((bits & 0x4000_0000) !== 0) {
          leading = (bits >>> 25) & 31;
          significant = (bits >>> 19) & 63;
          if (significant === 0) significant = 64;
          if (leading + significant > 64) throw new BrokenAnswer("a chunk has a value of more than 64 bits");
          at += 11;
        }
        const trailing = 64 - leading - significant;
        if (trailing >= 32) high ^= (peek(words, at) >>> (32 - significant)) << (trailing - 32);
        else {
          high ^= peek(words, at) >>> leading;
          low ^= (peek(words, at + 32 - leading) >>> trailing) << trailing;
        }
        at += significant;
      }
      halves[2 * index + HIGH] = high;
      halves[2 * index + LOW] = low;
    }
    if (at > end) throw new BrokenAnswer("a chunk ends in its last sample");
    return count;
  }

  /** Gives the number of bytes. */
  #load(bytes: Uint8Array, from: number, to: number): number {
    const length = Math.min(to - from, MOST_BYTES);
    const whole = length >>> 2;
    if (this.#words.length < whole + SLACK_WORDS) this.#words = new Int32Array(2 * whole + SLACK_WORDS);
    // A chunk has hundreds of bytes, and a message hundreds of chunks.
    if (this.#bytes !== bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const words = this.#words;
    const view = this.#view;
    for (let index = 0; index < whole; index++) words[index] = view.getInt32(from + index * 4);
    let rest = 0;
    for (let at = whole * 4; at < length; at++) rest |= (bytes[from + at] ?? 0) << (24 - 8 * (at & 3));
    words[whole] = rest;
    words.fill(0, whole + 1, whole + SLACK_WORDS);
    return length;
  }
}

/** Which half of a double holds its sign. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/** The 32 bits from a place on; a shift counts modulo 32. */
function peek(words: Int32Array, at: number): number {
  const word = at >>> 5;
  return ((words[word] ?? 0) << at) | (((words[word + 1] ?? 0) >>> 1) >>> ~at);
}

/** Groups of seven bits, the lowest first; ten of them at the most. */
function varint(words: Int32Array, at: number): { value: number; bits: number } {
  let value = 0;
  let bits = 0;
  for (let group = 0; group < 10; group++) {
    const byte = peek(words, at + bits) >>> 24;
    value += (byte & 127) * 128 ** group;
    bits += 8;
    if (byte < 128) break;
  }
  return { value, bits };
}
