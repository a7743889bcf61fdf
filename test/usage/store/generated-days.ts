import fc from "fast-check";
import { WORKLOAD_KINDS } from "../../../src/domain/workload.ts";
import { exactDistribution } from "../../../src/usage/distribution.ts";
import { merge, mergeWeighted, Sketch, sketchOf } from "../../../src/usage/sketch.ts";
import type { ContainerDay, Day, ResourceDay } from "../../../src/usage/usage.ts";

const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: "grapheme", maxLength: 8 }));
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const used = fc.array(fc.double({ min: 0, max: 1e15, noNaN: true }), { maxLength: 60 });

/** Sketches with whole counts and with fractions, and what is no sketch; empty ones of each too. */
const values = fc.oneof(
  used.map(sketchOf),
  used.map(exactDistribution),
  fc
    .tuple(used, fc.double({ min: 0.01, max: 1e6, noNaN: true }))
    .map(([values, weight]) => mergeWeighted([[sketchOf(values), weight]])),
  fc
    .tuple(used, fc.integer({ min: 1, max: 2 ** 31 }))
    .map(([values, weight]) => mergeWeighted([[sketchOf(values), weight]])),
);

const resource = fc.record<ResourceDay>(
  { values, coveredSeconds: number, firstMs: number, lastMs: number },
  { noNullPrototype: true },
);

/** Any containers on a day, each with whatever parts. */
export function containersOn(day: Day): fc.Arbitrary<ContainerDay[]> {
  const container = fc.record(
    {
      day: fc.constant(day),
      pod: text,
      container: text,
      owner: fc.record({ kind: fc.constantFrom(...WORKLOAD_KINDS), name: text }, { noNullPrototype: true }),
      image: text,
      cpu: resource,
      memory: resource,
      events: fc.record(
        { throttledPeriods: number, periods: number, oomKills: number, restarts: number },
        { noNullPrototype: true },
      ),
    },
    { requiredKeys: ["day", "pod", "container"], noNullPrototype: true },
  );
  return fc.array(container, { maxLength: 6 });
}

/** What a store gives back for them, in plain arrays that can be compared: distributions become sketches. */
export function asKept(containers: readonly ContainerDay[]): unknown[] {
  return containers.map((one) => ({
    ...one,
    ...(one.cpu && { cpu: plain(one.cpu) }),
    ...(one.memory && { memory: plain(one.memory) }),
  }));
}

function plain({ values, ...rest }: ResourceDay): unknown {
  const { bins, counts, sum, min, max } = (values instanceof Sketch ? values : merge([values])).parts;
  return { ...rest, values: { bins: [...bins], counts: [...counts], sum, min, max } };
}
