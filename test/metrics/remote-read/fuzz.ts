/**
 * Throws damaged answers at everything that reads them: `node test/metrics/remote-read/fuzz.ts [SECONDS] [SEED]`.
 * Each may be refused as broken, and must not do anything else: no other error, no hang, no memory that grows.
 */
import { BrokenAnswer } from "../../../src/metrics/remote-read/broken-answer.ts";
import { XorChunkDecoder } from "../../../src/metrics/remote-read/xor-chunk.ts";
import { AnswerSketcher } from "../../../src/usage/remote-read/answer-sketcher.ts";
import { bytesOf, writeFrame, writeMessage } from "./answer-writer.ts";
import { type Sample } from "./xor-encoder.ts";

export interface FuzzResult {
  readonly runs: number;
  readonly refused: number;
  readonly slowestMs: number;
}

type Random = (below: number) => number;

const WINDOW = { startMs: 0, endMs: 14 * 86_400_000 };
const MESSAGES = [600, 5, 0].map((count) =>
  writeMessage([
    {
      labels: { __name__: "container_cpu_usage_seconds_total", pod: "a" },
      chunks: [samplesOf(count, 0.37), samplesOf(count, 1e9)],
    },
    { labels: { __name__: "container_memory_working_set_bytes", pod: "b" }, chunks: [samplesOf(120, 4096)] },
  ]),
);

/** Runs until `until` says so; the same seed gives the same answers. */
export function fuzz(seed: number, until: (runs: number) => boolean): FuzzResult {
  const decoder = new XorChunkDecoder();
  let [runs, refused, slowestMs] = [0, 0, 0];
  for (; !until(runs); runs++) {
    const random = randomFrom(seed + runs);
    const answer = damagedAnswer(random);
    const start = performance.now();
    try {
      const sketcher = new AnswerSketcher(WINDOW, decoder);
      for (let at = 0; at < answer.length;) {
        const size = 1 + random(answer.length);
        sketcher.push(answer.subarray(at, at + size));
        at += size;
      }
      sketcher.finish();
    } catch (error) {
      if (!(error instanceof BrokenAnswer)) throw new Error(`with seed ${seed + runs}`, { cause: error });
      refused += 1;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  return { runs, refused, slowestMs };
}

/** Now and then the frame itself is damaged; else it is whole, and the message or its chunk is not. */
function damagedAnswer(random: Random): Uint8Array {
  const message = MESSAGES[random(MESSAGES.length)] ?? new Uint8Array();
  const frames = Array.from({ length: 1 + random(3) }, () => writeFrame(damaged(message, random)));
  const answer = bytesOf(frames);
  return random(8) === 0 ? damaged(answer, random) : answer;
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let change = random(6); change > 0; change--) {
    const at = random(copy.length);
    const kind = random(5);
    if (kind === 0) copy[at] = random(256);
    if (kind === 1) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    if (kind === 2) copy.fill(255 * random(2), at, at + random(40));
    if (kind === 3) copy.copyWithin(random(copy.length), at, at + random(200));
    if (kind === 4) return copy.subarray(0, at);
  }
  return copy;
}

function samplesOf(count: number, scale: number): Sample[] {
  return Array.from({ length: count }, (_, index) => [index * 60_000, Math.round(index * scale) / 3]);
}

/** mulberry32. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

if (import.meta.main) {
  const [seconds = 60, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
  const end = performance.now() + seconds * 1000;
  process.stdout.write(`seed ${seed}\n`);
  const result = fuzz(seed, () => performance.now() > end);
  const { rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ ...result, megabytes: Math.round(rss / 1e6) })}\n`);
}
