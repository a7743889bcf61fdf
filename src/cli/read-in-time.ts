import { InputError } from "../domain/input-error.ts";

/** No timer runs longer. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * What `read` gives, unless it takes until later than that, as `performance.now()` counts: then it is told to stop,
 * and an `InputError` says so at once.
 */
export async function readInTime<T>(untilMs: number, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      const over = new InputError(
        "--time-limit: reached while usage was read; give it more time, a shorter --window, or fewer namespaces",
      );
      stop.abort(over);
      late.reject(over);
    },
    Math.min(Math.max(0, untilMs - performance.now()), LONGEST_MS),
  );
  try {
    return await Promise.race([read(stop.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
