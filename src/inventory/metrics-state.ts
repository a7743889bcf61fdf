import type { Window } from "../domain/duration.ts";
import { lastOfEach } from "../metrics/last-of-each.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { LabelMatcher, LastSample, SeriesSource } from "../metrics/series-source.ts";

/** A metric of kube-state-metrics, and which of its labels tell objects apart besides their namespace. */
export interface StateQuery {
  readonly metric: string;
  readonly by: readonly string[];
  readonly matchers?: readonly LabelMatcher[];
  /** There is a sample for every pod or ReplicaSet. */
  readonly many?: true;
}

/** The newest samples of each query by its name. */
export type State<Name extends string> = (name: Name) => readonly LastSample[];

export interface StateOptions {
  /** Of each query. */
  readonly matchers?: readonly LabelMatcher[];
  /** Join those with many samples too. */
  readonly joinMany?: boolean;
}

/**
 * Asks in these namespaces (all where none is named), in shards of them where that is too much for the server.
 * Queries with few samples share a request; to join many costs the server more than a request of their own.
 */
export async function readState<Name extends string>(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
  queries: Readonly<Record<Name, StateQuery>>,
  { matchers = [], joinMany = false }: StateOptions = {},
): Promise<State<Name>> {
  const ask = async (asked: readonly NamedQuery[]): Promise<[name: string, samples: LastSample[]][]> => {
    const answers = await inNamespaces(namespaces, (within) =>
      lastOfEach(
        source,
        asked.map(([, query]) => ({
          metric: query.metric,
          matchers: [...within, ...(query.matchers ?? []), ...matchers],
          by: ["namespace", ...query.by],
        })),
        window,
      ),
    );
    // Each shard gives as many answers as there are queries.
    return asked.map(([name], index) => [
      name,
      answers.filter((_, at) => at % asked.length === index).flat(),
    ]);
  };
  const all = Object.entries<StateQuery>(queries);
  const alone = all.filter(([, { many = false }]) => many && !joinMany);
  const together = all.filter((query) => !alone.includes(query));
  const answers = await Promise.all([ask(together), ...alone.map((query) => ask([query]))]);
  const state = new Map(answers.flat());
  return (name) => state.get(name) ?? [];
}

type NamedQuery = readonly [name: string, query: StateQuery];

/** `shop/api`, of an object that the label names. */
export function objectKey({ labels }: LastSample, label: string): string {
  return `${labels["namespace"]}/${labels[label]}`;
}
