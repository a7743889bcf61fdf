/**
 * What an iterable gives, as long as all of it comes in time; its signal is aborted at the end whichever way it
 * comes. One that does not let go is left behind, not waited for.
 */
export async function* inTime<Item>(
  ask: (signal: AbortSignal) => Items<Item>,
  milliseconds: number,
): AsyncGenerator<Item> {
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  // Not waited for between two items, when nobody listens.
  late.promise.catch(() => {});
  const timer = setTimeout(() => {
    late.reject(new Error(`not all of it came within ${milliseconds / 1000} s`));
  }, milliseconds);
  let items: AsyncIterator<Item> | undefined;
  try {
    items = iteratorOf(ask(stop.signal));
    for (;;) {
      const { done, value } = await Promise.race([items.next(), late.promise]);
      if (done === true) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
    void items?.return?.()?.catch(() => {});
  }
}

type Items<Item> = AsyncIterable<Item> | Iterable<Item> | Promise<Iterable<Item>>;

async function* iteratorOf<Item>(items: Items<Item>): AsyncGenerator<Item> {
  yield* await items;
}
