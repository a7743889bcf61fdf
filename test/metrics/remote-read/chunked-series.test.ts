import { expect, it } from "vitest";
import { BrokenAnswer } from "../../../src/metrics/remote-read/broken-answer.ts";
import { seriesIn } from "../../../src/metrics/remote-read/chunked-series.ts";
import { bytesOf, field, writeMessage } from "./answer-writer.ts";
import { encodeXorChunk, type Sample } from "./xor-encoder.ts";

const samples: Sample[] = [
  [1000, 1],
  [2000, 2],
];

it("a message has series with their labels and the places of their chunks", () => {
  const message = writeMessage([
    { labels: { __name__: "a", pod: "ä-1" }, chunks: [samples, [[3000, 3]]] },
    { labels: { a: "b" }, chunks: [] },
  ]);
  const [first, second] = [...seriesIn(message)];
  expect(first?.labels).toEqual({ __name__: "a", pod: "ä-1" });
  const [from = 0, to = 0, from2 = 0, to2 = 0] = first?.chunks ?? [];
  expect(message.subarray(from, to)).toEqual(encodeXorChunk(samples));
  expect(message.subarray(from2, to2)).toEqual(encodeXorChunk([[3000, 3]]));
  expect(second?.chunks).toEqual([]);
});

it.each([2, 3, 0, 99])("a chunk of type %i is none of numbers, and skipped", (type) => {
  const chunks = [{ type, data: Uint8Array.of(1, 2, 3) }];
  expect([...seriesIn(writeMessage([{ labels: {}, chunks }]))]).toEqual([{ labels: {}, chunks: [] }]);
});

it("fields that it does not know are skipped, of every kind", () => {
  const known = writeMessage([{ labels: { a: "b" }, chunks: [] }]);
  const unknown = [
    [15 << 3, 1],
    [(15 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8],
    field(15, Uint8Array.of(1, 2)),
    [(15 << 3) | 5, 1, 2, 3, 4],
  ];
  expect([...seriesIn(bytesOf([...unknown, known, ...unknown]))]).toEqual([
    { labels: { a: "b" }, chunks: [] },
  ]);
});

it.each([
  ["a number", [8]],
  ["a number of eleven bytes", [8, ...Array<number>(10).fill(255), 1]],
  ["text that is longer than the message", [10, 5, 1]],
  ["text that is longer than any", [10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
  ["eight bytes", [9, 1, 2]],
  ["four bytes", [13, 1]],
  ["a group, which is gone from the format", [11]],
])("a message that ends in %s is refused", (_, message) => {
  expect(() => [...seriesIn(Uint8Array.from(message))]).toThrow(BrokenAnswer);
});

it("more labels than any series has, and longer ones, are refused", () => {
  const series = (bytes: Uint8Array): Uint8Array => field(1, bytes);
  const labels = Array<Uint8Array>(1001).fill(field(1, new Uint8Array()));
  expect(() => [...seriesIn(series(bytesOf(labels)))]).toThrow(/more than 1000 labels/);
  expect(() => [...seriesIn(series(field(1, new Uint8Array(70_000))))]).toThrow(/more than 65536 bytes/);
});
