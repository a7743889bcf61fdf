import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { readCsv } from "../../src/metrics/csv.ts";
import type { RecordedSeries } from "../../src/metrics/openmetrics.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-csv-"));
});
afterAll(() => rm(folder, { recursive: true }));

const HEADER = "time,namespace,pod,container,cpu_cores,memory_bytes";

async function read(text: string | Buffer, name = "usage.csv"): Promise<readonly RecordedSeries[]> {
  const file = join(folder, name);
  await writeFile(file, text);
  return (await readCsv(file)).series;
}

const plain = (series: readonly RecordedSeries[]) =>
  series.map(({ metric, labels, timesMs, values }) => ({
    metric,
    pod: labels["pod"],
    samples: Array.from(timesMs, (time, index) => [time, values[index]]),
  }));

describe("a table of usage", () => {
  it("is read in any order of rows and columns, with empty cells, quotes, and times of both kinds", async () => {
    const series = await read(
      `\uFEFFPod,container,namespace,memory_bytes,cpu_cores,time,owner\r
"api-1",app,shop,1e8,0.25,2026-11-22T06:01:00Z,\r
api-1,app,shop,,0.5,1795327200,"Deployment/api"\r
\r
api-1,app,shop,2e8,,2026-11-22 08:02:00.5+02:00,Deployment/api`,
    );
    const at = Date.UTC(2026, 10, 22, 6);
    expect(plain(series)).toEqual([
      {
        metric: "cpu_cores",
        pod: "api-1",
        samples: [
          [at, 0.5],
          [at + 60_000, 0.25],
        ],
      },
      {
        metric: "memory_bytes",
        pod: "api-1",
        samples: [
          [at + 60_000, 1e8],
          [at + 120_500, 2e8],
        ],
      },
    ]);
    expect(series[0]?.labels).toEqual({
      namespace: "shop",
      pod: "api-1",
      container: "app",
      owner: "Deployment/api",
    });
  });

  it("may be packed", async () => {
    const packed = gzipSync(`${HEADER}\n10,shop,a,b,1,2\n`);
    expect(await read(packed, "usage.csv.gz")).toHaveLength(2);
    expect(await read(packed, "USAGE.CSV.GZ")).toHaveLength(2);
    await expect(read(packed.subarray(0, -9), "cut.csv.gz")).rejects.toThrow(/cannot read .*cut.csv.gz/);
  });

  it("gives every value back at its time, whatever the order of its rows", async () => {
    const rows = fc.uniqueArray(
      fc.record({
        time: fc.integer({ min: 0, max: 2_000_000_000 }),
        pod: fc.constantFrom("a", "b"),
        cpu: fc.double({ min: 0, max: 1024, noNaN: true }).map(Math.abs),
      }),
      { selector: ({ time, pod }) => `${time}/${pod}`, maxLength: 50 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (rows) => {
        const text = rows.map(({ time, pod, cpu }) => `${time},shop,${pod},c,${cpu},`);
        const found = plain(await read([HEADER, ...text].join("\n")));
        for (const pod of ["a", "b"])
          expect(found.find((one) => one.pod === pod)?.samples ?? []).toEqual(
            rows
              .filter((row) => row.pod === pod)
              .toSorted((a, b) => a.time - b.time)
              .map(({ time, cpu }) => [time * 1000, cpu]),
          );
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["", /usage.csv:1: the header is missing: time,namespace,pod,container,cpu_cores,memory_bytes,owner/],
    ["time,pod,container,cpu_cores", /:1: the column namespace is missing/],
    ["time,namespace,pod,container,owner", /:1: neither cpu_cores nor memory_bytes is a column/],
    ["time,namespace,pod,container,cpu_millis", /:1: unknown column "cpu_millis"; there are time, /],
    [`${HEADER},time`, /:1: the column time is there twice/],
    [`${HEADER}\n10,shop,a,b,1`, /:2: 5 cells, where the header has 6/],
    [`${HEADER}\n10,shop,a,b,1,"2`, /:2: a quote is opened and not closed/],
    [`${HEADER}\n10,shop,a"b,b,1,2`, /:2: a quote .* stands within a cell/],
    [`${HEADER}\n10,shop,a,b,1,\nx,shop,a,b,1,2`, /:3: time "x" is neither ISO 8601 with its zone/],
    [`${HEADER}\n2026-11-22T06:00:00,shop,a,b,1,2`, /:2: time ".*" is neither ISO 8601 with its zone/],
    [`${HEADER}\n2026-13-22T06:00:00Z,shop,a,b,1,2`, /:2: time /],
    [`${HEADER}\n1795327200000,shop,a,b,1,2`, /:2: time .* is no number of Unix seconds: are these milli/],
    [`${HEADER}\n10,shop,a,b,2500,2`, /:2: cpu_cores "2500" is no number of cores \(are these millicores/],
    [`${HEADER}\n10,shop,a,b,250m,2`, /:2: cpu_cores "250m" is no number of cores/],
    [`${HEADER}\n10,shop,a,b,0x10,2`, /:2: cpu_cores "0x10" is no number of cores/],
    [`${HEADER}\n10,shop,a,b,-1,2`, /:2: cpu_cores "-1" is no number of cores/],
    [`${HEADER}\n10,shop,a,b,1,128Mi`, /:2: memory_bytes "128Mi" is no number of bytes/],
    [`${HEADER}\n10,shop,,b,1,2`, /:2: pod "" is no name/],
    [`${HEADER}\n10,shop,A_B,b,1,2`, /:2: pod "A_B" is no name/],
    [`${HEADER},owner\n10,shop,a,b,1,2,api`, /:2: owner "api" is not written as Deployment\/api/],
    [
      `${HEADER},owner\n10,shop,a,b,1,2,Deployment/x\n20,shop,a,b,1,2,Deployment/y`,
      /:3: shop\/a is owned by Deployment\/y here, and by Deployment\/x before/,
    ],
    [`${HEADER}\n${"x".repeat(70_000)}`, /has a line longer than/],
  ])("%j is refused with its place", async (text, told) => {
    const fault = await read(text).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(InputError);
    expect(fault).toMatchObject({ message: expect.stringMatching(told) });
  });
});
