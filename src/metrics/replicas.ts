import { QueryLimitError } from "./query-limit-error.ts";
import type { MetricsCost } from "./series-source.ts";

/** Several servers that should know the same. */
export interface Replicas<Source> {
  readonly cost: Readonly<MetricsCost>;
  /**
   * What all of them answer, in their order. One that fails is left out from then on, with a warning; rejects
   * where all fail, and with `QueryLimitError` where one wants to be asked for less.
   */
  ask<T>(question: (source: Source) => Promise<T>): Promise<T[]>;
}

export function replicasOf<Source extends { readonly cost: Readonly<MetricsCost> }>(
  sources: readonly Source[],
  warn: (warning: string) => void,
): Replicas<Source> {
  const out = new Set<Source>();
  const add = (what: keyof MetricsCost): number => sources.reduce((sum, { cost }) => sum + cost[what], 0);
  return {
    cost: {
      get requests() {
        return add("requests");
      },
      get bytes() {
        return add("bytes");
      },
    },
    async ask(question) {
      const asked = sources.filter((source) => !out.has(source));
      const answers = await Promise.allSettled(asked.map(question));
      const faults = answers.flatMap((one, index) =>
        one.status === "rejected" ? [{ source: asked[index], reason: one.reason as unknown }] : [],
      );
      const tooMuch = faults.find(({ reason }) => reason instanceof QueryLimitError);
      if (tooMuch) throw tooMuch.reason;
      if (faults.length === asked.length) throw faults[0]?.reason;
      for (const { source, reason } of faults)
        if (source !== undefined && !out.has(source)) {
          out.add(source);
          warn(`one of ${sources.length} replicas is left out: ${messageOf(reason)}`);
        }
      return answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    },
  };
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
