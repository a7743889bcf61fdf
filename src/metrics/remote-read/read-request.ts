import type { Window } from "../../domain/duration.ts";
import type { LabelMatcher } from "../series-source.ts";
import { anyOf } from "../promql.ts";

/** What is asked for: all series of a metric with some labels. */
export interface ReadQuery {
  readonly metric: string;
  readonly matchers: readonly LabelMatcher[];
}

const STREAMED_XOR_CHUNKS = 1;
const MATCH = { equal: 0, notEqual: 1, expression: 2 };

/**
 * The body of a remote read: `prompb.ReadRequest`, as a snappy block that compresses nothing. Chunks may
 * reach out of the window.
 */
export function readRequest(queries: readonly ReadQuery[], { startMs, endMs }: Window): Uint8Array {
  const message = queries.flatMap(({ metric, matchers }) =>
    bytesField(1, [
      ...varintField(1, startMs),
      // The last millisecond belongs to the query, but not to a window.
      ...varintField(2, endMs - 1),
      ...[{ label: "__name__", is: metric }, ...matchers].flatMap((one) => bytesField(3, matcher(one))),
    ]),
  );
  return snappyBlock([...message, ...varintField(2, STREAMED_XOR_CHUNKS)]);
}

function matcher(matcher: LabelMatcher): number[] {
  const [type, value] =
    "is" in matcher
      ? [MATCH.equal, matcher.is]
      : "not" in matcher
        ? [MATCH.notEqual, matcher.not]
        : [MATCH.expression, anyOf(matcher.in)];
  return [...varintField(1, type), ...textField(2, matcher.label), ...textField(3, value)];
}

/** Length, then literals: a tag of 61 and two bytes of length minus one. Source: Snappy's format description. */
function snappyBlock(message: readonly number[]): Uint8Array {
  const block = varint(message.length);
  for (let at = 0; at < message.length; at += 2 ** 16) {
    const literal = message.slice(at, at + 2 ** 16);
    const last = literal.length - 1;
    block.push(61 << 2, last & 255, last >>> 8, ...literal);
  }
  return Uint8Array.from(block);
}

function bytesField(number: number, bytes: readonly number[]): number[] {
  return [number * 8 + 2, ...varint(bytes.length), ...bytes];
}

function textField(number: number, text: string): number[] {
  return bytesField(number, [...new TextEncoder().encode(text)]);
}

function varintField(number: number, value: number): number[] {
  return [number * 8, ...varint(value)];
}

/** Of a whole number from 0 to 2^53. */
function varint(number: number): number[] {
  const bytes = [];
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
