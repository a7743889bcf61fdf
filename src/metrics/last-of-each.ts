import type { Window } from "../domain/duration.ts";
import type { LastQuery, LastSample, SeriesSource } from "./series-source.ts";

/** The answers of `last` to each query, in their order; in one request where the source can join them. */
export async function lastOfEach(
  source: SeriesSource,
  queries: readonly LastQuery[],
  window: Window,
): Promise<LastSample[][]> {
  if (source.lastOfEach !== undefined) return await source.lastOfEach(queries, window);
  return await Promise.all(queries.map((query) => source.last({ ...query, window })));
}

/** Tells the answers apart; no exporter has it. */
const QUERY_LABEL = "loadline_query";

/**
 * One expression for several, in the plainest PromQL: regular expressions on names of metrics are not
 * understood everywhere. A tree of `or`, since each compares all series on both of its sides.
 */
export function joined(expressions: readonly string[]): string {
  const marked = expressions.map(
    (expression, index) => `label_replace(${expression}, "${QUERY_LABEL}", "${index}", "namespace", ".*")`,
  );
  const union = (some: readonly string[]): string => {
    if (some.length < 2) return some.join("");
    const middle = Math.ceil(some.length / 2);
    return `(${union(some.slice(0, middle))} or ${union(some.slice(middle))})`;
  };
  return union(marked);
}

/** The answer to {@link joined}, by expression. */
export function apart(samples: readonly LastSample[], expressions: number): LastSample[][] {
  const answers = Array.from({ length: expressions }, (): LastSample[] => []);
  for (const { labels, value } of samples) {
    const { [QUERY_LABEL]: index, ...own } = labels;
    answers[Number(index)]?.push({ labels: own, value });
  }
  return answers;
}
