import { encodeXorChunk, type Sample } from "./xor-encoder.ts";

export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly chunks: readonly WrittenChunk[];
}

export type WrittenChunk = readonly Sample[] | { readonly type: number; readonly data: Uint8Array };

/** What a server sends: a frame for each message. */
export function writeAnswer(messages: readonly (readonly WrittenSeries[])[]): Uint8Array {
  return bytesOf(messages.map((series) => writeFrame(writeMessage(series))));
}

/** Length, CRC-32C, message. */
export function writeFrame(message: Uint8Array): Uint8Array {
  const checksum = checksumOf(message);
  return bytesOf([
    varint(BigInt(message.length)),
    [24, 16, 8, 0].map((by) => (checksum >>> by) & 255),
    message,
  ]);
}

/** A `prompb.ChunkedReadResponse`. */
export function writeMessage(series: readonly WrittenSeries[]): Uint8Array {
  return bytesOf([
    ...series.map(({ labels, chunks }) =>
      field(
        1,
        bytesOf([
          ...Object.entries(labels).map(([name, value]) =>
            field(1, bytesOf([text(1, name), text(2, value)])),
          ),
          ...chunks.map((chunk) => field(2, writeChunk(chunk))),
        ]),
      ),
    ),
    bytesOf([[2 << 3], varint(0n)]),
  ]);
}

function writeChunk(chunk: WrittenChunk): Uint8Array {
  const { type, data } = "type" in chunk ? chunk : { type: 1, data: encodeXorChunk(chunk) };
  const times = "type" in chunk ? [0] : chunk.map(([timeMs]) => timeMs);
  return bytesOf([
    [1 << 3],
    varint(BigInt.asUintN(64, BigInt(times.at(0) ?? 0))),
    [2 << 3],
    varint(BigInt.asUintN(64, BigInt(times.at(-1) ?? 0))),
    [3 << 3, type],
    field(4, data),
  ]);
}

export function field(number: number, bytes: Uint8Array): Uint8Array {
  return bytesOf([[(number << 3) | 2], varint(BigInt(bytes.length)), bytes]);
}

export function bytesOf(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

function text(number: number, value: string): Uint8Array {
  return field(number, new TextEncoder().encode(value));
}

export function varint(number: bigint): number[] {
  return number < 128n ? [Number(number)] : [Number(number & 127n) | 128, ...varint(number >> 7n)];
}

/** CRC-32C bit by bit. */
function checksumOf(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
