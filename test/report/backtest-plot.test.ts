import { describe, expect, it } from "vitest";
import type { Replay } from "../../src/backtest/backtest.ts";
import { SampledPast } from "../../src/backtest/sampled-past.ts";
import { backtestPlot } from "../../src/report/backtest-plot.ts";
import { amountTicks, timeTicks } from "../../src/report/plot-ticks.ts";

const DAY_MS = 86_400_000;

function replayOf(name: string): Replay {
  const timesMs = Float64Array.from({ length: 10 * 144 }, (_, index) => index * 600_000);
  const values = timesMs.map((_, index) => (index % 144) / 144);
  const decisions = [7, 8, 9].map((day) => ({ atMs: day * DAY_MS, value: 1 + day / 10 }));
  return {
    past: new SampledPast({ name, pods: [{ pod: "pod", timesMs, values }] }, "cpu"),
    periods: 3,
    runs: [
      { strategy: "krr", decisions },
      { strategy: "silent", decisions: [] },
    ],
  };
}

/** The names of tags in their order, a closing one with its slash. */
function tags(svg: string): string[] {
  return [...svg.matchAll(/<(\/?[a-z]+)[^<>]*?(\/?)>/g)].flatMap(([, tag = "", empty]) =>
    empty === "/" ? [tag, `/${tag}`] : [tag],
  );
}

describe("the picture of a replay", () => {
  const svg = backtestPlot([replayOf(`a<b>&"c"`), replayOf("web")], "cpu", 86_400);

  it("is one well-formed SVG without scripts or references", () => {
    const open: string[] = [];
    for (const tag of tags(svg))
      if (tag.startsWith("/")) expect(open.pop()).toBe(tag.slice(1));
      else open.push(tag);
    expect(open).toEqual([]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(svg).not.toMatch(/script|href|NaN|Infinity|undefined/);
  });

  it("names every series and strategy, as text", () => {
    expect(svg).toContain(">a&lt;b>&amp;&quot;c&quot;</text>");
    expect(svg).toContain(">web</text>");
    expect(svg).toContain(">krr</text>");
    expect(svg).toContain(">median</text>");
  });

  it("draws a request as steps from each decision to the next, and the last for as long as it holds", () => {
    const [, path = ""] = /d="([^"]*)" fill="none" stroke="#d55e00"/.exec(svg) ?? [];
    expect(path).toMatch(/^M[\d.]+ [\d.]+H[\d.]+V[\d.]+H[\d.]+V[\d.]+H932$/);
  });

  it("draws 24 series, and says how many more there are", () => {
    const drawn = backtestPlot(
      Array.from({ length: 30 }, () => replayOf("web")),
      "cpu",
      86_400,
    );
    expect(drawn.match(/>web</g)).toHaveLength(24);
    expect(drawn).toContain(">and 6 more series</text>");
    expect(svg).not.toContain("more series");
  });

  it("puts so many names below each other that they fit", () => {
    const many = replayOf("web");
    const runs = Array.from({ length: 20 }, (_, index) => ({ strategy: `strategy-${index}`, decisions: [] }));
    const drawn = backtestPlot([{ ...many, runs }], "cpu", 86_400);
    const places = [...drawn.matchAll(/translate\(([\d.]+) (\d+)\)/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    expect(Math.max(...places.map(([x = 0]) => x))).toBeLessThan(900);
    expect(new Set(places.map(([, y]) => y)).size).toBeGreaterThan(2);
  });
});

describe("the ticks of an axis", () => {
  it.each([
    [0.047, "cpu", ["0", "20m", "40m", "60m"]],
    [2.4, "cpu", ["0", "1", "2", "3"]],
    [0, "cpu", ["0", "1"]],
    [300 * 2 ** 20, "memory", ["0", "100Mi", "200Mi", "300Mi"]],
    [7 * 2 ** 30, "memory", ["0", "2Gi", "4Gi", "6Gi", "8Gi"]],
  ] as const)("up to %d of %s are %j", (most, resource, labels) => {
    expect(amountTicks(most, resource).map(({ label }) => label)).toEqual(labels);
  });

  it.each([
    [14, ["01-01", "01-03", "01-05", "01-07", "01-09", "01-11", "01-13", "01-15"]],
    [
      1,
      [
        "01-01 00:00",
        "01-01 03:00",
        "01-01 06:00",
        "01-01 09:00",
        "01-01 12:00",
        "01-01 15:00",
        "01-01 18:00",
        "01-01 21:00",
        "01-02 00:00",
      ],
    ],
  ])("of %d days are midnights, or hours where there are few", (days, labels) => {
    expect(timeTicks(0, days * DAY_MS).map(({ label }) => label)).toEqual(labels);
  });

  it("are never many", () => {
    for (const days of [0.01, 2.9, 3, 30, 400, 4000])
      expect(timeTicks(0, days * DAY_MS).length).toBeLessThanOrEqual(12);
  });
});
