import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { recordedSource } from "../../src/metrics/recording.ts";
import type { SeriesQuery, SeriesSource } from "../../src/metrics/series-source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-recording-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function recorded(text: string | Buffer, name = "recording.txt"): Promise<SeriesSource> {
  const file = join(folder, name);
  await writeFile(file, text);
  return recordedSource(file);
}

const UP: SeriesQuery = {
  metric: "up",
  matchers: [],
  window: { startMs: 0, endMs: 3_600_000 },
  by: ["pod"],
};

describe("a recording", () => {
  it("holds a gauge for five minutes, and the largest of what is joined", async () => {
    const source = await recorded(
      'up{pod="a",n="1"} 3 60\nup{pod="a",n="2"} 5 120\nup{pod="b"} NaN 0\n# EOF\n',
    );
    const [a, b] = await source.gauge(UP, 60);
    expect(a?.labels).toEqual({ pod: "a" });
    expect([...(a?.timesMs ?? [])].map((time) => time / 60_000)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(a?.values ?? [])]).toEqual([3, 5, 5, 5, 5, 5]);
    expect([...(b?.values ?? [])]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it("gives a counter's rate across a reset, and none for a single sample", async () => {
    // An hour of them shows that a scrape comes every minute.
    const hour = Array.from({ length: 61 }, (_, minute) => `up{pod="c"} 0 ${minute * 60 - 3240}`);
    const counts = [0, 60, 120, 30, 90, 150].map(
      (count, minute) => `up{pod="a"} ${count} ${minute * 60 + 30}`,
    );
    const source = await recorded([...hour, ...counts, 'up{pod="b"} 1 60', "# EOF"].join("\n"));
    const series = await source.rate({ ...UP, window: { startMs: 360_000, endMs: 360_001 } }, 60);
    expect(series.map(({ labels }) => labels["pod"])).toEqual(["c", "a"]);
    // 60 s counted three times and 30 s once more, over 240 s of samples.
    expect(series[1]?.values[0]).toBeCloseTo(210 / 240, 12);
  });

  it("knows the newest value inside the window, its end excluded", async () => {
    const source = await recorded('up{pod="a"} 1 10\nup{pod="a"} 2 20\nup{pod="b"} 3 30\n# EOF\n');
    const last = (startMs: number, endMs: number) => source.last({ ...UP, window: { startMs, endMs } });
    expect(await last(0, 20_000)).toEqual([{ labels: { pod: "a" }, value: 1 }]);
    expect(await last(20_000, 30_001)).toEqual([
      { labels: { pod: "a" }, value: 2 },
      { labels: { pod: "b" }, value: 3 },
    ]);
    expect(await last(21_000, 30_000)).toEqual([]);
  });

  it("keeps every label's text, packed or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.boolean(), async (value, packed) => {
        const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
        const text = `up{a="x}\\" {",pod="${escaped}",} 1 1\n# EOF`;
        const source = packed ? await recorded(gzipSync(text), "packed.gz") : await recorded(text);
        const [sample] = await source.last({ ...UP, matchers: [{ label: "pod", is: value }] });
        expect(sample).toEqual({ labels: value === "" ? {} : { pod: value }, value: 1 });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["up 1 1\n", /recording.txt:1: the recording ends without # EOF/],
    ["# HELP up\nup 1\n# EOF", /recording.txt:2: the sample has no timestamp/],
    ["up{pod=a} 1 1\n# EOF", /recording.txt:1: the labels are malformed/],
    ["up one 1\n# EOF", /recording.txt:1: value or timestamp is no number/],
    ["what is this\n# EOF", /recording.txt:1: value or timestamp is no number/],
    ["!\n# EOF", /recording.txt:1: this is no OpenMetrics sample/],
    ["up 1 2\nup 1 1\n# EOF", /recording.txt:2: a sample is not newer/],
    [
      "up 1 1795327200000\n# EOF",
      /recording.txt:1: timestamp 1795327200000 is no number of seconds: are these/,
    ],
    ["# EOF\nup 1 1", /recording.txt:2: something follows # EOF/],
    [`# ${"x".repeat(70_000)}\n# EOF`, /recording.txt has a line longer than/],
  ])("%.40s is refused by line", async (text, message) => {
    const error: unknown = await recorded(text).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
  });

  it("that is not there, or not packed, is refused", async () => {
    await expect(recordedSource(join(folder, "none.txt"))).rejects.toThrow(/cannot read .*ENOENT/);
    await expect(recorded("up 1 1\n# EOF", "plain.gz")).rejects.toThrow(/cannot read .*incorrect header/);
  });
});
