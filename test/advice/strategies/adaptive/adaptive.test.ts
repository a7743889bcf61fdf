import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptive } from "../../../../src/advice/strategies/adaptive.ts";
import { PROFILE_NAMES } from "../../../../src/advice/strategies/adaptive/profile.ts";
import { DAY_MS } from "../../../../src/usage/usage.ts";
import { MI, needOf, type Pod, repeated, START_MS, usageOf } from "../usage-of.ts";

const HALF_HOUR_MS = 1_800_000;
const A_DAY = 48;

/** A pod with a sample each half hour, its days one after the other. */
function pod(days: readonly (readonly number[])[], name = "pod"): Pod {
  return { name, values: days.flat(), stepMs: HALF_HOUR_MS };
}

/** Days of the same use each. */
function flat(...levels: readonly number[]): number[][] {
  return levels.map((level) => repeated(level, A_DAY));
}

function cores(days: readonly (readonly number[])[], request?: string): number {
  return needOf(adaptive(), "cpu", [pod(days)], { request })?.request ?? Number.NaN;
}

function mebibytes(peaks: readonly number[], request?: string): number {
  const days = flat(...peaks.map((peak) => peak * MI));
  return (needOf(adaptive(), "memory", [pod(days)], { request })?.request ?? Number.NaN) / MI;
}

describe("CPU by adaptive", () => {
  it("is what was used, where that never changes; and a little more where it is to be safe", () => {
    const [usual, safe] = PROFILE_NAMES.map((profile) =>
      needOf(adaptive(profile), "cpu", [pod(flat(0.3, 0.3, 0.3, 0.3, 0.3))]),
    );
    expect(usual).toEqual({ request: 0.3, because: "300m covers all of the last 5 days" });
    expect(safe?.request).toBeCloseTo(0.309);
    expect(safe?.because).toBe("309m covers all of the last 5 days, and 3 % more");
  });

  it("leaves a rare spike above it that would be dear to cover, and covers one that is not; but is no less than the mean", () => {
    const spiked = (height: number): number[] => [height, ...repeated(1, A_DAY - 1)];
    const mean = (3 + A_DAY - 1) / A_DAY;
    expect(cores(Array.from({ length: 8 }, () => spiked(3)))).toBeCloseTo(mean);
    expect(cores(Array.from({ length: 8 }, () => spiked(1.1)))).toBe(1.1);
  });

  it("covers what is there for an hour a day", () => {
    const day = [...repeated(1, 44), ...repeated(2, 4)];
    expect(cores(Array.from({ length: 8 }, () => day))).toBe(2);
  });

  it("covers the one weekday with much use all week long", () => {
    const week = flat(2, 1, 1, 1, 1, 1, 1);
    for (let day = 7; day < 14; day++) expect(cores([...week, ...week].slice(0, day))).toBe(2);
  });

  it("rises a day after use did", () => {
    expect(cores(flat(1, 1, 1, 1, 1, 1, 1, 1.5), "1")).toBe(1.5);
  });

  it("rises at once with a rise that has just begun", () => {
    const values = [...repeated(1, 4 * 144), ...repeated(1, 141), 1.7, 1.75, 1.8];
    const need = needOf(adaptive(), "cpu", [{ values, stepMs: 600_000 }], { request: "1" });
    expect(need).toEqual({
      request: 1.8,
      because:
        "use has just risen: its highest half hour was above 1700m where no day before was long above 1; its peak of 1800m is covered",
    });
  });

  it("takes what is many times higher for a burst, which one half hour does not pay for", () => {
    const values = [...repeated(1, 4 * 144), ...repeated(1, 141), 8, 8, 8];
    expect(needOf(adaptive(), "cpu", [{ values, stepMs: 600_000 }], { request: "1" })?.request).toBeLessThan(
      1.1,
    );
  });

  it("falls when use stayed below for three days, not for a weekend", () => {
    const high = flat(2, 2, 2, 2, 2, 2, 2);
    expect(cores([...high, ...flat(1, 1)], "2")).toBe(2);
    expect(cores([...high, ...flat(1, 1, 1)], "2")).toBe(1);
    expect(cores([...flat(1, 2, 2, 2, 2), ...flat(1, 1, 1)], "2")).toBe(2);
  });

  it("looks ahead where use grows every day", () => {
    const growing = Array.from({ length: 8 }, (_, day) => 1.04 ** day);
    const need = needOf(adaptive(), "cpu", [pod(flat(...growing))]);
    expect(need?.request).toBeCloseTo(1.04 ** 9);
    expect(need?.because).toMatch(/, with its growth of 4 % a day$/);
    expect(cores(flat(...growing.toReversed()))).toBe(growing.at(-1));
  });

  it("leaves a request that is about right, and says what else it could be", () => {
    const days = flat(1, 1.02, 0.99, 1, 1.01, 1, 0.98, 1);
    expect(needOf(adaptive(), "cpu", [pod(days)], { request: "1100m" })).toEqual({
      request: 1.1,
      because: "1100m stays: it covers all of the last 8 days, and 1020m would gain too little",
    });
    expect(cores(days, "2")).toBe(1.02);
    expect(cores(days, "0.9")).toBe(1.02);
  });

  it("takes the pod that needs the most, and a pod for a part of the day only for that part", () => {
    const shards = [pod(flat(1, 1, 1, 1)), pod(flat(3, 3, 3, 3), "shard-2")];
    expect(needOf(adaptive(), "cpu", shards)?.request).toBe(3);
    const starting: Pod = { name: "short", values: [5, 1], stepMs: HALF_HOUR_MS, startMs: START_MS + DAY_MS };
    expect(needOf(adaptive(), "cpu", [pod(flat(1, 1, 1, 1)), starting])?.request).toBeCloseTo(1, 1);
  });

  it("asks for ten millicores at the least", () => {
    expect(cores(flat(0, 0, 0))).toBe(0.01);
    expect(cores(flat(0.002, 0.003))).toBe(0.01);
  });
});

describe("memory by adaptive", () => {
  it("is the highest use and a margin", () => {
    const days = flat(100 * MI, 200 * MI, 200 * MI, 200 * MI, 200 * MI, 200 * MI);
    const need = needOf(adaptive(), "memory", [pod(days)]);
    expect((need?.request ?? 0) / MI).toBeCloseTo(210);
    expect(need?.because).toBe("the highest use of 6 days, 200Mi, and 5 % more");
  });

  it("keeps up to twice the margin where the highest days lie far apart", () => {
    const wide = mebibytes([200, 150, 120, 180, 160, 195, 170, 130]);
    expect(wide).toBeGreaterThan(1.06 * 200);
    expect(wide).toBeLessThan(1.1 * 200);
    expect(mebibytes([200, 50, 100, 20, 150, 30, 60, 40])).toBeCloseTo(220);
  });

  it("keeps as much more as it lately rose above all days before, for a week and a day", () => {
    const rose = [100, 100, 100, 120, 120];
    const days = flat(...rose.map((peak) => peak * MI));
    const need = needOf(adaptive(), "memory", [pod(days)]);
    expect((need?.request ?? 0) / MI).toBeCloseTo(120 * 1.2 ** 1.1);
    expect(need?.because).toBe("one more rise from 120Mi, as it lately rose by 20 % above all days before");
    expect(mebibytes([...rose, ...repeated(120, 6)])).toBeCloseTo(120 * 1.2 ** 1.1);
    expect(mebibytes([...rose, ...repeated(120, 7)])).toBeCloseTo(126);
  });

  it("keeps for another rise no longer what fell back, and at the most a half", () => {
    expect(mebibytes([100, 100, 100, 120, 100])).toBeCloseTo(120 * 1.2 ** 1.1);
    expect(mebibytes([100, 100, 100, 120, 100, 100])).toBeCloseTo(132);
    expect(mebibytes([100, 100, 100, 120, 100, 100, 120])).toBeLessThan(120 * 1.11);
    expect(mebibytes([100, 100, 100, 200, 200])).toBeCloseTo(300);
  });

  it("expects regular rises at their time, and others at any time for as long as they are seen", () => {
    const stairs = [100, 100, 100, 120, 120, 120, 144, 144, 144, 172.8];
    expect(mebibytes(stairs)).toBeLessThan(1.11 * 172.8);
    expect(mebibytes([...stairs, 172.8])).toBeLessThan(1.11 * 172.8);
    expect(mebibytes([...stairs, 172.8, 172.8])).toBeCloseTo(172.8 * 1.2 ** 1.1);
    const any = [100, 100, 100, 120, 144, 144, 144, 144, 172.8];
    expect(mebibytes(any)).toBeCloseTo(172.8 * 1.2 ** 1.1);
  });

  it("goes where a leak leads", () => {
    const need = needOf(adaptive(), "memory", [
      pod(flat(...[1000, 1100, 1200, 1300, 1400, 1500].map((peak) => peak * MI))),
    ]);
    expect((need?.request ?? 0) / MI).toBeCloseTo(1.05 * 1625);
    expect(need?.because).toBe("1625Mi, where a growth of 100Mi a day leads by tomorrow, and 5 % more");
  });

  it("sees on its first day that use climbs rather than stepped up", () => {
    const before = flat(...repeated(100 * MI, 5));
    const climbs = Array.from({ length: A_DAY }, (_, at) => (100 + 0.5 * Math.max(0, at - 23)) * MI);
    const need = needOf(adaptive(), "memory", [pod([...before, climbs])]);
    expect(need?.because).toBe("136Mi, where a growth of 24Mi a day leads by tomorrow");
    const steps = Array.from({ length: A_DAY }, (_, at) => (at < 24 ? 100 : 112) * MI);
    expect(needOf(adaptive(), "memory", [pod([...before, steps])])?.request).toBeCloseTo(
      112 * 1.12 ** 1.1 * MI,
      -1,
    );
  });

  it("takes the pod that climbs the fastest for itself, not all of them together", () => {
    const before = flat(...repeated(100 * MI, 5));
    const climbing = (most: number): number[][] => [
      ...before,
      Array.from({ length: A_DAY }, (_, at) => (100 + (most * Math.max(0, at - 23)) / 24) * MI),
    ];
    const three = [12, 11, 10].map((most, index) => pod(climbing(most), `pod-${index}`));
    expect((needOf(adaptive(), "memory", three)?.request ?? 0) / MI).toBeCloseTo(136);
  });

  it("leaves a request that has the margin and not much more", () => {
    const peaks = [200, 200, 200, 200];
    expect([210, 215, 220].map((now) => mebibytes(peaks, `${now}Mi`))).toEqual([210, 215, 220]);
    expect(mebibytes(peaks, "225Mi")).toBeCloseTo(210);
    expect(mebibytes(peaks, "205Mi")).toBeCloseTo(210);
  });

  it("goes a fifth above the limit at which a pod that still runs was killed", () => {
    const killed = { ...pod(flat(200 * MI, 200 * MI)), killedOn: [1] };
    expect(needOf(adaptive(), "memory", [killed], { request: "256Mi", limit: "256Mi" })).toEqual({
      request: 256 * 1.2 * MI,
      because: "a fifth more than its limit of 256Mi, at which it was killed",
    });
  });
});

const amount = fc.oneof(
  fc.double({ min: 0, max: 16, noNaN: true }),
  fc.constantFrom(0, 0.001, 0.0425, 0.1, 1, 4),
);
const history = fc.array(amount, { minLength: 1, maxLength: 500 });
const resources = fc.constantFrom("cpu", "memory");
const profiles = fc.constantFrom(...PROFILE_NAMES);
/** So that nothing is below what is asked for at the least. */
const CORES_OR_MEBIBYTES = { cpu: 1, memory: MI } as const;

describe("adaptive, for any usage", () => {
  const ask = (
    profile: (typeof PROFILE_NAMES)[number],
    resource: "cpu" | "memory",
    pods: readonly (readonly number[])[],
    request?: string,
  ): number =>
    needOf(
      adaptive(profile),
      resource,
      pods.map((values, index) => ({
        name: `pod-${index}`,
        values: values.map((value) => value * CORES_OR_MEBIBYTES[resource]),
        stepMs: HALF_HOUR_MS,
      })),
      { request },
    )?.request ?? Number.NaN;

  it("asks for no more than three times the highest use, when it grows the most", () => {
    fc.assert(
      fc.property(profiles, resources, history, (profile, resource, values) => {
        const request = ask(profile, resource, [values]) / CORES_OR_MEBIBYTES[resource];
        expect(request).toBeGreaterThanOrEqual(0);
        expect(request).toBeLessThanOrEqual(Math.max(0.011, Math.max(...values) * 3));
      }),
      { numRuns: 200 },
    );
  });

  it("asks for memory above the highest use and the margin, whatever the request is", () => {
    fc.assert(
      fc.property(history, fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }), (values, now) => {
        const request = ask("balanced", "memory", [values], now === undefined ? now : `${now}Mi`);
        expect(request).toBeGreaterThanOrEqual(Math.max(...values) * MI * 1.05 * (1 - 1e-9));
      }),
      { numRuns: 200 },
    );
  });

  it("asks for as many times more as was used more", () => {
    fc.assert(
      fc.property(
        profiles,
        resources,
        history,
        fc.constantFrom(2, 8, 64),
        (profile, resource, values, factor) => {
          // By powers of two, which leave floating point as it is; and above ten millicores.
          const shifted = values.map((value) => value + 0.25);
          const more = shifted.map((value) => value * factor);
          const [one, many] = [ask(profile, resource, [shifted]), ask(profile, resource, [more])];
          expect(many / one / factor).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("asks for more memory or as much where there is another pod", () => {
    fc.assert(
      fc.property(fc.array(history, { minLength: 2, maxLength: 4 }), (pods) => {
        const peak = Math.max(...pods.flat());
        expect(ask("balanced", "memory", pods)).toBeGreaterThanOrEqual(peak * MI);
      }),
      { numRuns: 50 },
    );
  });

  it("does not care about the order of pods, nor how the request is written", () => {
    fc.assert(
      fc.property(profiles, resources, history, history, (profile, resource, a, b) => {
        const [now, same] = resource === "cpu" ? ["1500m", "1.5"] : ["1Gi", "1024Mi"];
        expect(ask(profile, resource, [a, b], now)).toBeCloseTo(ask(profile, resource, [b, a], same), 9);
      }),
      { numRuns: 100 },
    );
  });

  it("says the same again when its advice was followed", () => {
    fc.assert(
      fc.property(profiles, resources, history, (profile, resource, values) => {
        const first = ask(profile, resource, [[...values, 1]]);
        const request = resource === "cpu" ? `${Math.ceil(first * 1e9)}n` : String(Math.ceil(first));
        expect(Math.abs(ask(profile, resource, [[...values, 1]], request) / first - 1)).toBeLessThan(1e-6);
      }),
      { numRuns: 200 },
    );
  });

  it("says nothing of no usage, and something finite of a day that makes no sense", () => {
    const odd = usageOf("cpu", [pod(flat(1))]);
    const days = odd.days.flatMap((day) =>
      [Number.NaN, -1, 0, Number.POSITIVE_INFINITY, 1e9].map((coveredSeconds) => ({
        ...day,
        ...(day.cpu ? { cpu: { ...day.cpu, coveredSeconds } } : {}),
      })),
    );
    const need = adaptive().need({
      resource: "cpu",
      usage: { container: "app", days },
      atMs: Number.NaN,
      current: { request: "nonsense" },
    });
    expect(need?.request).toBe(1);
    for (const resource of ["cpu", "memory"] as const)
      expect(
        adaptive().need({ resource, usage: { container: "app", days: [] }, atMs: 0, current: {} }),
      ).toBeUndefined();
  });
});
