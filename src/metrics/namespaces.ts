import { inShards } from "./query-limit-error.ts";
import type { LabelMatcher } from "./series-source.ts";

/** Asks for these namespaces at once, in shards where that is too much; for all where the list is empty. */
export function inNamespaces<Answer>(
  namespaces: readonly string[],
  ask: (matchers: readonly LabelMatcher[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  if (namespaces.length === 0) return ask([]);
  return inShards(namespaces, (shard) => ask([{ label: "namespace", in: shard }]));
}
