/**
 * Usage from Graphite, as an example of a provider of your own: `kubernetes.<namespace>.<pod>.<container>.cpu`
 * holds cores, `….memory` bytes. It needs nothing but what Node brings.
 */
import type { ProviderFactory, UsageSeries } from "loadline/provider";

type Target = { target: string; datapoints: [value: number | null, seconds: number][] };

const graphite: ProviderFactory = ({ url }) => ({
  async *series({ namespace, startMs, endMs, signal }) {
    for (const resource of ["cpu", "memory"] as const) {
      const render = new URL("render", String(url));
      render.searchParams.set("target", `kubernetes.${namespace}.*.*.${resource}`);
      render.searchParams.set("from", String(Math.floor(startMs / 1000)));
      render.searchParams.set("until", String(Math.floor(endMs / 1000)));
      render.searchParams.set("format", "json");
      const headers = { authorization: `Bearer ${process.env["GRAPHITE_TOKEN"]}` };
      const answer = await fetch(render, { headers, signal });
      if (!answer.ok) throw new Error(`Graphite answered ${answer.status}`);
      const targets: unknown = await answer.json();
      if (!Array.isArray(targets)) throw new Error("Graphite answered with no list");
      for (const target of targets) yield seriesOf(resource, target);
    }
  },
});

export default graphite;

/** Graphite writes null where nothing was measured. */
function seriesOf(resource: "cpu" | "memory", { target, datapoints }: Target): UsageSeries {
  const [, , pod = "", container = ""] = target.split(".");
  return {
    resource,
    pod,
    container,
    kind: "gauge",
    timesMs: datapoints.map(([, seconds]) => seconds * 1000),
    values: datapoints.map(([value]) => value ?? Number.NaN),
  };
}
