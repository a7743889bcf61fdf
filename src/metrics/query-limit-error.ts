/**
 * The server could answer this query, but not so much of it at once: too many samples, points or bytes, or
 * more time than it allows. Ask for less (fewer pods, fewer namespaces); a shorter window was tried already.
 */
export class QueryLimitError extends Error {
  override readonly name = "QueryLimitError";
}

/**
 * Asks for all items at once, and for halves of them as long as the answer is {@link QueryLimitError}; the
 * answers are joined in the order of the items. Rejects where even one item is too much.
 */
export async function inShards<Item, Answer>(
  items: readonly Item[],
  ask: (shard: readonly Item[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  if (items.length === 0) return [];
  try {
    return await ask(items);
  } catch (error) {
    if (!(error instanceof QueryLimitError) || items.length === 1) throw error;
    const middle = Math.ceil(items.length / 2);
    const first = await inShards(items.slice(0, middle), ask);
    return [...first, ...(await inShards(items.slice(middle), ask))];
  }
}
