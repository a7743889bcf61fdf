import { describe, expect, it } from "vitest";
import { csvSeries } from "../../src/backtest/csv-series.ts";
import { InputError } from "../../src/domain/input-error.ts";

function read(text: string, scale = 1): [time: string, value: number][] {
  const [pod] = csvSeries(text, { file: "use.csv", name: "use", scale }).pods;
  return [...(pod?.timesMs ?? [])].map((timeMs, index) => [
    new Date(timeMs).toISOString(),
    pod?.values[index] ?? Number.NaN,
  ]);
}

describe("a table of times and values", () => {
  it.each([
    ["without a zone, which is UTC", "2014-02-14 14:30:00"],
    ["of a day's minute", "2014-02-14 14:30"],
    ["as ISO 8601", "2014-02-14T14:30:00Z"],
    ["with fractions of seconds", "2014-02-14T14:30:00.000Z"],
    ["in another zone", "2014-02-14T15:30:00+01:00"],
    ["in another zone, as date prints it", "2014-02-14 09:00:00 -0530"],
    ["in Unix seconds", "1392388200"],
    ["in Unix seconds, as Prometheus writes them", "1392388200.000"],
    ["in Unix milliseconds", "1392388200000"],
  ])("holds times %s", (_, time) => {
    expect(read(`${time},0.5\n`)).toEqual([["2014-02-14T14:30:00.000Z", 0.5]]);
  });

  it.each([
    ["without a header", "2014-02-14,1\n2014-02-15,2\n"],
    ["with one", "timestamp,value\n2014-02-14,1\n2014-02-15,2\n"],
    [
      "with lines as Windows ends them, and a mark",
      "\uFEFFtimestamp,value\r\n2014-02-14,1\r\n2014-02-15,2\r\n",
    ],
    ["with quotes, spaces and empty lines", '"time", "value"\n\n"2014-02-14", "1"\n 2014-02-15 , 2'],
    ["with other columns", "host,Value,Timestamp\na,1,2014-02-14\nb,2,2014-02-15\n"],
    ["in any order", "2014-02-15,2\n2014-02-14,1\n"],
    ["with a time that comes again: its last value", "2014-02-14,7\n2014-02-15,2\n2014-02-14,1\n"],
  ])("is read %s", (_, text) => {
    expect(read(text)).toEqual([
      ["2014-02-14T00:00:00.000Z", 1],
      ["2014-02-15T00:00:00.000Z", 2],
    ]);
  });

  it("is scaled to cores or bytes", () => {
    expect(read("2014-02-14,50\n", 0.02)).toEqual([["2014-02-14T00:00:00.000Z", 1]]);
  });

  it.each([
    ["timestamp,value\n2014-02-14,1\nyesterday,2\n", /^use\.csv:3: "yesterday" is no time; write /],
    ["timestamp,value\n2014-02-14,\n", /^use\.csv:2: "" is no number$/],
    ["2014-02-14\n", /^use\.csv:1: nothing after the comma is no number$/],
    ["2014-02-14,1\n2014-02-15,NaN\n", /^use\.csv:2: "NaN" is no number$/],
    ["2014-02-14,-1\n", /^use\.csv:1: "-1" is negative/],
    ["2014-13-45,1\n", /^use\.csv:1: "2014-13-45" is no time/],
    ["timestamp,value\n", /^use\.csv: holds no samples/],
    ["", /^use\.csv: holds no samples/],
    [`2014-02-14,1${" ".repeat(2000)}1\n`, /^use\.csv:1: the line is longer/],
  ])("%j is refused, with its line", (text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });
});
