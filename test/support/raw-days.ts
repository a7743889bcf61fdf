import { DaySketcher } from "../../src/usage/day-sketcher.ts";
import { SketchBuilder } from "../../src/usage/sketch.ts";
import type { SeriesDays } from "../../src/usage/usage-source.ts";

/** What reading every sample of these lines of OpenMetrics must give for the containers of a namespace. */
export function rawDays(lines: Iterable<string>, namespace: string): SeriesDays[] {
  const builder = new SketchBuilder();
  return [...samplesOf(lines)].flatMap(([labels, samples]): SeriesDays[] => {
    const { __name__: name = "", pod = "", container = "", job = "", namespace: of } = labelsIn(labels);
    const cpu = name === "container_cpu_usage_seconds_total";
    if (!cpu && name !== "container_memory_working_set_bytes") return [];
    if (of !== namespace || container === "" || container === "POD") return [];
    const sketcher = new DaySketcher(cpu ? "counter" : "gauge", builder);
    const times = Float64Array.from(samples, ([time]) => time);
    sketcher.add(
      times,
      Float64Array.from(samples, ([, value]) => value),
      times.length,
    );
    return [{ resource: cpu ? "cpu" : "memory", pod, container, job, days: sketcher.finish() }];
  });
}

/** In an order that does not depend on how they were read; days of the same series joined. */
export function inOrder(series: readonly SeriesDays[]): SeriesDays[] {
  const key = ({ resource, pod, container, job }: SeriesDays): string =>
    [resource, pod, container, job].join("/");
  return [...Map.groupBy(series, key)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, parts]) => {
      const [first] = parts;
      const days = parts.flatMap((part) => part.days).sort((a, b) => a.day - b.day);
      return first === undefined ? [] : [{ ...first, days }];
    });
}

type Sample = readonly [timeMs: number, value: number];

function samplesOf(lines: Iterable<string>): Map<string, Sample[]> {
  const series = new Map<string, Sample[]>();
  for (const line of lines) {
    const [, name, labels, value, seconds] = /^(\w+)\{(.*)\} (\S+) (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = `__name__="${name}",${labels}`;
    const samples = series.get(key) ?? [];
    samples.push([Math.round(Number(seconds) * 1000), Number(value)]);
    series.set(key, samples);
  }
  return series;
}

function labelsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/(\w+)="([^"]*)"/g), ([, name = "", value = ""]) => [name, value]),
  );
}
