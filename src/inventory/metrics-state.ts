import type { Window } from "../domain/duration.ts";
import { lastOfEach } from "../metrics/last-of-each.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { LabelMatcher, LastSample, SeriesSource } from "../metrics/series-source.ts";

/** A metric of kube-state-metrics, and which of its labels tell objects apart besides their namespace. */
export interface StateQuery {
  readonly metric: string;
  readonly by: readonly string[];
  readonly matchers?: readonly LabelMatcher[];
}

/** The newest samples of each query by its name. */
export type State<Name extends string> = (name: Name) => readonly LastSample[];

/**
 * Asks for all of these in these namespaces (all where none is named) at once: in one request where the source
 * can join them, in shards of namespaces where that is too much for the server.
 */
export async function readState<Name extends string>(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
  queries: Readonly<Record<Name, StateQuery>>,
  matchers: readonly LabelMatcher[] = [],
): Promise<State<Name>> {
  const asked = Object.entries<StateQuery>(queries);
  // Each shard gives as many answers as there are queries.
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
  const state = new Map<string, LastSample[]>(
    asked.map(([name], index) => [name, answers.filter((_, at) => at % asked.length === index).flat()]),
  );
  return (name) => state.get(name) ?? [];
}

/** `shop/api`, of an object that the label names. */
export function objectKey({ labels }: LastSample, label: string): string {
  return `${labels["namespace"]}/${labels[label]}`;
}
