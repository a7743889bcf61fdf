import fc from "fast-check";
import { expect, it } from "vitest";
import { BrokenAnswer } from "../../../src/metrics/remote-read/broken-answer.ts";
import { crc32c } from "../../../src/metrics/remote-read/crc32c.ts";
import { FrameReader } from "../../../src/metrics/remote-read/frame-reader.ts";
import { bytesOf, varint, writeFrame } from "./answer-writer.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
it.each([
  [bytes("123456789"), 0xe306_9283],
  [new Uint8Array(32), 0x8a91_36aa],
  [new Uint8Array(32).fill(255), 0x62a8_ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd_794e],
  [new Uint8Array(), 0],
])("CRC-32C of %j", (input, checksum) => {
  expect(crc32c(input)).toBe(checksum);
});

it("frames come out as they went in, wherever the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      (messages, cuts) => {
        expect(messagesIn(piecesOf(bytesOf(messages.map(writeFrame)), cuts))).toEqual(messages);
      },
    ),
    { numRuns: 300 },
  );
});

it("a frame that was damaged in any bit is refused", () => {
  const frame = writeFrame(bytes("what a series was"));
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const damaged = Uint8Array.from(frame);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => messagesIn([damaged])).toThrow(BrokenAnswer);
  }
});

it("an answer that stops inside of a frame is refused, wherever it stops", () => {
  const frame = writeFrame(bytes("what a series was"));
  for (let length = 1; length < frame.length; length++)
    expect(() => messagesIn([frame.subarray(0, length)])).toThrow("it stops in the middle of a frame");
});

it("an answer that ends in words tells them", () => {
  const answer = bytesOf([writeFrame(bytes("a series")), bytes("too many\nchunks")]);
  expect(() => messagesIn([answer])).toThrow("it stops in the middle of a frame: too many chunks");
});

it.each([2n ** 24n + 1n, 2n ** 40n, 2n ** 64n - 1n, 2n ** 70n])(
  "a frame that says it has %i bytes is refused before a byte of it is awaited",
  (length) => {
    expect(() => messagesIn([Uint8Array.from(varint(length))])).toThrow(/more than 16777216 bytes/);
  },
);

it("a length that never ends is refused", () => {
  expect(() => messagesIn([new Uint8Array(11).fill(128)])).toThrow(BrokenAnswer);
});

it("holds as much as has come, not what a frame says will come", () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 100 }, () => new FrameReader(() => {}));
  for (const reader of readers) reader.push(bytesOf([varint(2n ** 24n), new Uint8Array(100)]));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 2 ** 20);
});

function messagesIn(pieces: readonly Uint8Array[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const reader = new FrameReader((message) => messages.push(Uint8Array.from(message)));
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return messages;
}

function piecesOf(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces = [];
  for (let [at, cut] = [0, 0]; at < stream.length; cut++) {
    const end = at + (cuts[cut % cuts.length] ?? 1);
    pieces.push(stream.subarray(at, end));
    at = end;
  }
  return pieces;
}
