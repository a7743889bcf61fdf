import { expect, it } from "vitest";
import type { Series } from "../../src/metrics/series-source.ts";
import { withoutDuplicates } from "../../src/usage/duplicate-jobs.ts";

it("kubelet wins, else the first in the alphabet, and no moment counts twice", () => {
  const kubelet = seen("kubelet", [60, 120], 1);
  const agent = seen("agent", [60, 120], 2);
  const zabbix = seen("zabbix", [60, 120], 3);
  expect(values(zabbix, agent, kubelet)).toEqual([1, 1]);
  expect(values(zabbix, agent)).toEqual([2, 2]);
  expect(values(zabbix)).toEqual([3, 3]);
});

it("another job fills in where the winner has nothing, in the order of time", () => {
  expect(values(seen("kubelet", [180, 240], 1), seen("agent", [60, 120, 180], 2))).toEqual([2, 2, 1, 1]);
});

it("nothing seen is no samples", () => {
  expect(values()).toEqual([]);
});

function seen(job: string, seconds: number[], value: number): Series {
  const timesMs = Float64Array.from(seconds, (time) => time * 1000);
  return { labels: { job }, timesMs, values: timesMs.map(() => value) };
}

function values(...series: Series[]): number[] {
  return [...withoutDuplicates(series).values];
}
