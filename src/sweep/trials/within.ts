import { setTimeout as delay } from "node:timers/promises";

/** What comes of some work, or something else where it takes too long; the work then goes on by itself. */
export async function within<T, E>(ms: number, work: Promise<T>, otherwise: E): Promise<T | E> {
  const over = new AbortController();
  try {
    return await Promise.race([work, delay(ms, otherwise, { signal: over.signal, ref: false })]);
  } finally {
    over.abort();
  }
}
