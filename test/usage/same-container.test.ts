import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DaySketcher, type SeriesKind } from "../../src/usage/day-sketcher.ts";
import { sameContainer } from "../../src/usage/same-container.ts";
import { sketchOf } from "../../src/usage/sketch.ts";
import type { SeriesDays } from "../../src/usage/usage-source.ts";
import { DAY_MS } from "../../src/usage/usage.ts";

const HOUR = 3_600_000;

/** A series with a value a minute on day 0, from one hour to another. */
function seen(job: string, fromHour: number, toHour: number, value = 1, day = 0): SeriesDays {
  const count = (toHour - fromHour) * 60 + 1;
  const values = sketchOf(Array.from({ length: count }, () => value));
  const [firstMs, lastMs] = [day * DAY_MS + fromHour * HOUR, day * DAY_MS + toHour * HOUR];
  const coveredSeconds = (toHour - fromHour) * 3600;
  const days = [{ day, values, coveredSeconds, firstMs, lastMs }];
  return { resource: "cpu", pod: "api-1", container: "app", job, days };
}

const means = (series: readonly SeriesDays[]): number[] =>
  sameContainer(series).flatMap(({ days }) => days.map(({ values }) => values.mean));
const only = (series: readonly SeriesDays[]) => sameContainer(series)[0]?.days[0];

describe("several series of one container", () => {
  it("add up where they follow one another, as at a restart", () => {
    const day = only([seen("kubelet", 12, 24, 3), seen("kubelet", 0, 12 + 1 / 60, 1)]);
    expect(day).toMatchObject({ firstMs: 0, lastMs: DAY_MS, coveredSeconds: 86_400 });
    expect(day?.values).toMatchObject({ count: 722 + 721, min: 1, max: 3 });
  });

  it.each([
    [["agent", "kubelet"], 2],
    [["zabbix", "agent"], 2],
    [["", "agent"], 1],
  ])("of the jobs %j at the same time, one counts", (jobs, mean) => {
    expect(means(jobs.map((job, index) => seen(job, 0, 24, index + 1)))).toEqual([mean]);
  });

  it("take the other job for a day that kubelet hardly saw, and for that day alone", () => {
    const series = [seen("kubelet", 0, 20, 1), seen("agent", 0, 24, 2), seen("kubelet", 0, 24, 1, 1)];
    expect(means([...series, seen("agent", 0, 24, 2, 1)])).toEqual([2, 1]);
  });

  it("take what another job saw before", () => {
    expect(only([seen("kubelet", 10, 24, 1), seen("agent", 0, 10, 2)])?.values).toMatchObject({
      min: 1,
      max: 2,
    });
  });

  it("take the better of two replicas", () => {
    expect(means([seen("kubelet", 0, 12, 1), seen("kubelet", 0, 24, 2)])).toEqual([2]);
  });

  it("stay apart by pod, container and resource", () => {
    const one = seen("kubelet", 0, 24);
    const others = [{ pod: "api-2" }, { container: "proxy" }, { resource: "memory" as const }];
    expect(sameContainer([one, ...others.map((other) => ({ ...one, ...other }))])).toHaveLength(4);
  });
});

const spans = fc
  .tuple(fc.nat(22), fc.integer({ min: 1, max: 24 }), fc.nat(9), fc.nat(2))
  .map(([from, length, value, day]) => [from, Math.min(from + length, 24), value, day] as const);
const series = fc
  .array(fc.tuple(fc.constantFrom("kubelet", "agent", "a", ""), spans), { minLength: 1, maxLength: 8 })
  .map((all) => all.map(([job, [from, to, value, day]]) => seen(job, from, to, value, day)));

describe("the one series made of several", () => {
  it("does not depend on their order", () => {
    fc.assert(
      fc.property(
        series.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(sameContainer(shuffled)).toEqual(sameContainer(all));
        },
      ),
    );
  });

  it("is the same with every one of them twice, and made of itself", () => {
    fc.assert(
      fc.property(series, (all) => {
        const made = sameContainer(all);
        expect(sameContainer([...all, ...all])).toEqual(made);
        expect(sameContainer(made.map((one) => ({ ...one, job: "" })))).toEqual(made);
      }),
    );
  });

  it("never covers less than the best, nor has a value that none has", () => {
    fc.assert(
      fc.property(series, (all) => {
        for (const { day, values, coveredSeconds } of sameContainer(all)[0]?.days ?? []) {
          const parts = all.flatMap(({ days }) => days.filter((one) => one.day === day));
          const best = Math.max(...parts.map((part) => part.coveredSeconds));
          expect(coveredSeconds).toBeGreaterThanOrEqual(best * 0.9);
          expect(parts.map((part) => part.values.max)).toContain(values.max);
          expect(parts.map((part) => part.values.min)).toContain(values.min);
        }
      }),
    );
  });
});

describe("a day that was cut into parts", () => {
  it("is the same day again", () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.nat(1000)), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.constantFrom<SeriesKind>("counter", "gauge"), (gapsAndValues, kind) => {
        let timeMs = 0;
        const timesMs = Float64Array.from(gapsAndValues, ([gap]) => (timeMs += gap * 1000));
        const values = Float64Array.from(gapsAndValues, ([, value]) => value);
        const daysOf = (partMs: number): SeriesDays["days"] => {
          const sketcher = new DaySketcher(kind, undefined, { startMs: 0, endMs: 9 * DAY_MS, partMs });
          sketcher.add(timesMs, values, values.length);
          const of = { resource: "cpu", pod: "a", container: "app", job: "" } as const;
          return sameContainer([{ ...of, days: sketcher.finish() }])[0]?.days ?? [];
        };
        const shapes = (days: SeriesDays["days"]): object[] =>
          days.map(({ values: sketch, ...day }) => ({
            ...day,
            bins: [...sketch.bins()],
            mean: sketch.mean.toPrecision(10),
          }));
        expect(shapes(daysOf(2 * HOUR))).toEqual(shapes(daysOf(DAY_MS)));
      }),
    );
  });
});
