import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readExport } from "../../../src/usage/victoria/export-lines.ts";

interface Line {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (number | string | null)[];
  readonly timestamps: readonly number[];
}

async function read(text: string, chunkBytes = 5): Promise<Line[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const lines: Line[] = [];
  await readExport(chunks(), (metric, { timesMs, values, count }) => {
    lines.push({
      metric,
      values: [...values.subarray(0, count)],
      timestamps: [...timesMs.subarray(0, count)],
    });
  });
  return lines;
}

const label = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"values":[', '"timestamps":[', "]}", "\n", '\\"'),
);
const sample = fc.tuple(
  fc.integer({ min: 0, max: 4e12 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const series = fc.record({
  metric: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), label, { noNullPrototype: true }),
  samples: fc.array(sample, { minLength: 1, maxLength: 5 }),
});

describe("an export that is read as it comes in", () => {
  it("is what was sent, wherever it is cut, whatever the labels hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(series), fc.integer({ min: 1, max: 200 }), async (all, bytes) => {
        const lines = all.map(({ metric, samples }): Line => ({
          metric,
          values: samples.map(([, value]) => Number(String(value))),
          timestamps: samples.map(([time]) => time),
        }));
        expect(await read(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), bytes)).toEqual(lines);
      }),
    );
  });

  it("may hold values that are no finite numbers, and empty lines", async () => {
    const line = { metric: {}, values: [null, "Infinity", "-Infinity", 1], timestamps: [1, 2, 3, 4] };
    const [got] = await read(`\n${JSON.stringify(line)}\n\n{"metric":{},"values":[],"timestamps":[]}\n`);
    expect(got?.values).toEqual([Number.NaN, Infinity, -Infinity, 1]);
  });

  it.each([
    '{"metric":{},"values":[1,2],"timestamps":[1]}\n',
    '{"metric":{},"values":[1],"timestamps":[1,2]}\n',
    '{"metric":{},"values":[1],"timestamps":[]}\n',
    '{"metric":{},"values":["one"],"timestamps":[1]}\n',
    '{"metric":{"pod":1},"values":[1],"timestamps":[1]}\n',
    '{"metric":{},"timestamps":[1],"values":[1]}\n',
    '{"metric":{},"values":[1],"timestamps":[1]}',
    '{"metric":{},"values":[1\n',
    "<html>\n",
  ])("is refused where it is %j", async (text) => {
    const error: unknown = await read(text).catch((error: unknown) => error);
    expect(error instanceof SyntaxError || error instanceof z.ZodError).toBe(true);
  });
});
