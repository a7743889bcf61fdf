import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrokenAnswer } from "../../../src/metrics/remote-read/broken-answer.ts";
import { XorChunkDecoder } from "../../../src/metrics/remote-read/xor-chunk.ts";
import { encodeXorChunk, type Sample } from "./xor-encoder.ts";

const decoder = new XorChunkDecoder();

function decode(chunk: Uint8Array): Sample[] {
  const count = decoder.decode(chunk);
  return Array.from({ length: count }, (_, index) => [
    decoder.timesMs[index] ?? Number.NaN,
    decoder.values[index] ?? Number.NaN,
  ]);
}

describe("a chunk", () => {
  it("of one sample is its time and its value", () => {
    // One sample; zigzag varint of 1000; the bits of 1.5.
    expect(decode(Uint8Array.of(0, 1, 0xd0, 0x0f, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).toEqual([[1000, 1.5]]);
  });

  it("of the same value every 15 s is two bits a sample", () => {
    // Two samples more: delta 15000 as varint, "0"; then "0" "0".
    const chunk = Uint8Array.of(0, 3, 0xd0, 0x0f, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x98, 0x75, 0b0_00_00000);
    expect(decode(chunk)).toEqual([
      [1000, 1.5],
      [16_000, 1.5],
      [31_000, 1.5],
    ]);
  });

  it("of none is none", () => {
    expect(decode(Uint8Array.of(0, 0))).toEqual([]);
    expect(decode(Uint8Array.of())).toEqual([]);
  });

  it("may begin anywhere in a buffer", () => {
    const chunk = encodeXorChunk([
      [1, 2],
      [2, 3],
      [4, 5],
    ]);
    const buffer = new Uint8Array(chunk.length + 7).fill(255);
    buffer.set(chunk, 3);
    expect(decode(buffer.subarray(3, 3 + chunk.length))).toEqual([
      [1, 2],
      [2, 3],
      [4, 5],
    ]);
  });

  it("keeps every difference of times at the ends of the ranges of its prefixes", () => {
    for (const edge of [2 ** 13, 2 ** 16, 2 ** 19, 2 ** 40])
      for (const difference of [edge - 1, edge, edge + 1, 1 - edge, -edge, -edge - 1]) {
        const first = 2 ** 41;
        const samples: Sample[] = [
          [1e12, 1],
          [1e12 + first, 1],
          [1e12 + 2 * first + difference, 1],
        ];
        expect(decode(encodeXorChunk(samples))).toEqual(samples);
      }
  });

  it("keeps what is no number, to the bit where it matters: both zeros, infinities, the stale marker", () => {
    const values = [Number.NaN, Infinity, -Infinity, 0, -0, Number.MIN_VALUE, Number.MAX_VALUE];
    const samples = values.map((value, index): Sample => [index, value]);
    expect(decode(encodeXorChunk(samples))).toEqual(samples);
  });
});

const time = fc.integer({ min: -(2 ** 48), max: 2 ** 48 });
const value = fc.oneof(fc.double(), fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(1, 1.5, 4096, 1e9 / 3));
const samples = fc.oneof(
  // Times of a chunk ascend.
  fc.array(fc.tuple(time, value), { maxLength: 130 }).map((all) => all.sort(([a], [b]) => a - b)),
  // Scrapes as they are: regular, with a little jitter.
  fc
    .tuple(
      time,
      fc.constantFrom(1000, 15_000, 60_000),
      fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), value), { maxLength: 130 }),
    )
    .map(([start, step, rest]) =>
      rest.map(([jitter, value], index): Sample => [start + index * step + jitter, value]),
    ),
);

it("what was encoded is decoded", () => {
  fc.assert(
    fc.property(samples, (samples) => {
      expect(decode(encodeXorChunk(samples))).toEqual(samples);
    }),
    { numRuns: 500 },
  );
});

it("what is cut short is refused, wherever it is cut", () => {
  const chunk = encodeXorChunk(
    Array.from({ length: 20 }, (_, index): Sample => [index * 60_000, Math.sin(index)]),
  );
  for (let length = 2; length < chunk.length; length++)
    expect(() => decode(chunk.subarray(0, length))).toThrow(BrokenAnswer);
});

it("a value that would have more than 64 bits is refused", () => {
  // After two samples: "11", 31 leading zeros, 63 significant bits.
  const head = [0, 2, 2, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 1];
  expect(() =>
    decode(Uint8Array.of(...head, 0b11_11111_1, 0b11111_000, ...Array<number>(9).fill(0))),
  ).toThrow(BrokenAnswer);
});
