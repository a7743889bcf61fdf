import { z } from "zod";
import { baseUnits, isQuantity } from "../../../domain/quantity.ts";

/** What the metrics API knows of a pod: its use at one time. */
export interface PodSample {
  readonly namespace: string;
  readonly pod: string;
  readonly timeMs: number;
  /** CPU is the mean of so long before. */
  readonly windowMs: number;
  readonly containers: readonly { readonly name: string; readonly cores?: number; readonly bytes?: number }[];
}

const amount = z.string().refine(isQuantity).transform(baseUnits).optional();
const PodMetrics = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  timestamp: z.string().transform(Date.parse).pipe(z.number()),
  window: z.string().transform(milliseconds).pipe(z.number()),
  containers: z.array(z.object({ name: z.string(), usage: z.object({ cpu: amount, memory: amount }) })),
});

/** An object of `metrics.k8s.io/v1beta1` `pods`; `undefined` where it is none. */
export function readPodMetrics(item: unknown): PodSample | undefined {
  const parsed = PodMetrics.safeParse(item);
  if (!parsed.success) return undefined;
  const { metadata, timestamp, window, containers } = parsed.data;
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    timeMs: timestamp,
    windowMs: window,
    containers: containers.map(({ name, usage: { cpu, memory } }) => ({
      name,
      ...(cpu === undefined ? {} : { cores: cpu }),
      ...(memory === undefined ? {} : { bytes: memory }),
    })),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  µs: 1e-3,
  us: 1e-3,
  ns: 1e-6,
};
const LONGEST = 64;

/** A duration as Go writes it: `15.2s`, `1m0s`. NaN for anything else. */
function milliseconds(text: string): number {
  if (text.length > LONGEST || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|us|ns))+$/.test(text)) return Number.NaN;
  let sum = 0;
  for (const [, count, unit = ""] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    sum += Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return sum;
}
