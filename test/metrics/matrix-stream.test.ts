import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readMatrix } from "../../src/metrics/matrix-stream.ts";
import type { Series } from "../../src/metrics/series-source.ts";

interface Read {
  readonly series: (Pick<Series, "labels"> & { readonly samples: (readonly [number, number])[] })[];
  readonly warnings: readonly string[];
}

async function read(text: string, chunkBytes = 7): Promise<Read> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const series: Read["series"] = [];
  const warnings = await readMatrix(chunks(), (labels, { timesMs, values, count }) => {
    const at = Array.from({ length: count }, (_, index) => index);
    series.push({ labels, samples: at.map((one) => [timesMs[one] ?? NaN, values[one] ?? NaN]) });
  });
  return { series, warnings };
}

const answer = (result: unknown, more: object = {}): string =>
  JSON.stringify({ status: "success", data: { resultType: "matrix", result }, ...more });

describe("a matrix that is read as it comes in", () => {
  it("is what was sent, wherever it is cut, whatever the labels hold", async () => {
    const label = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom('"values":[', "]]}", '"]]},{', "\\", '\\"', '"result":[,,', "{[", "}]"),
    );
    const sample = fc.tuple(fc.integer({ min: 0, max: 4e12 }), fc.double({ noDefaultInfinity: true }));
    const generated = fc.array(
      fc.record({
        labels: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), label, { noNullPrototype: true }),
        samples: fc.array(sample, { minLength: 1, maxLength: 5 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(generated, label, fc.integer({ min: 1, max: 200 }), async (series, warning, bytes) => {
        const result = series.map(({ labels, samples }) => ({
          metric: labels,
          values: samples.map(([ms, value]) => [ms / 1000, String(value)]),
        }));
        const got = await read(answer(result, { warnings: [warning] }), bytes);
        const plain = ({ labels }: { labels: object }): object => Object.entries(labels);
        expect(got.series.map(plain)).toEqual(series.map(plain));
        expect(got.series.map(({ samples }) => samples)).toEqual(
          series.map(({ samples }) => samples.map(([ms, value]) => [ms, Number(String(value))])),
        );
        expect(got.warnings).toEqual([warning]);
      }),
    );
  });

  it("may be empty, hold histograms, and things that nobody asked for", async () => {
    expect(await read(answer([]))).toEqual({ series: [], warnings: [] });
    const result = [
      { metric: { pod: "a" }, histograms: [[1, {}]] },
      { metric: {}, values: [] },
    ];
    const stats = { data: { resultType: "matrix", result, stats: { timings: { a: [{ b: 1 }] } } } };
    expect(await read(answer([], stats))).toEqual({ series: [], warnings: [] });
  });

  it.each([
    answer([{ metric: {}, value: [1, "2"] }]).replace("matrix", "vector"),
    answer([{ metric: {}, values: [[1, 2]] }]),
    answer([{ metric: {}, values: [[1, "two"]] }]),
    answer([{ metric: {}, values: [[1, "2", "3"]] }]),
    answer([{ metric: { pod: 1 }, values: [[1, "2"]] }]),
    answer([{ values: [[1, "2"]] }]),
    answer([1, 2]),
    '{"status":"error","error":"no"}',
    "<html>]]]]}}}}{{{{[[[[",
    "",
    `"${"x".repeat(2 ** 21)}`,
  ])("is refused where it is %.60s", async (text) => {
    const error: unknown = await read(text, 4096).catch((error: unknown) => error);
    expect(error instanceof SyntaxError || error instanceof z.ZodError).toBe(true);
  });

  it("is refused wherever it is cut short", async () => {
    const whole = answer([
      {
        metric: { pod: "a" },
        values: [
          [1.5, "2"],
          [2.5, "3"],
        ],
      },
      { metric: {}, values: [[1, "1"]] },
    ]);
    for (let length = 0; length < whole.length; length++)
      await expect(read(whole.slice(0, length))).rejects.toThrow(/./);
  });
});
