import type { Window } from "../domain/duration.ts";
import { lastOfEach } from "../metrics/last-of-each.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import { inShards } from "../metrics/query-limit-error.ts";
import type { LabelMatcher, LastSample, Series, SeriesSource } from "../metrics/series-source.ts";
import { dayOf } from "./usage.ts";
import type { PodImage } from "./usage-source.ts";

const METRICS = ["kube_pod_container_info", "kube_pod_init_container_info"];
const BY = ["namespace", "pod", "container", "image", "image_spec"];
const TURN_STEP_SECONDS = 3600;

/**
 * Which image each container of each pod ran, by namespace, from kube-state-metrics; one request for all, and two
 * more where a pod's name outlives its image, as in a StatefulSet: from which day on it ran which.
 */
export async function readImages(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
): Promise<Map<string, PodImage[]>> {
  const samples = await inNamespaces(namespaces, async (matchers) => {
    const queries = METRICS.map((metric) => ({ metric, matchers, by: BY }));
    return (await lastOfEach(source, queries, window)).flat();
  });
  const containers = byContainer(samples);
  const several = [...containers.values()].filter((seen) => new Set(seen.map(imageOf)).size > 1);
  const turns = byContainer(await readTurns(source, several.flat(), window));
  const images = [...containers].map(([key, seen]) => ({
    namespace: seen[0]?.labels["namespace"] ?? "",
    images: turnsOf(turns.get(key) ?? []) ?? seen.slice(0, 1).map(podImage),
  }));
  return new Map(
    [...Map.groupBy(images, ({ namespace }) => namespace)].map(([namespace, all]) => [
      namespace,
      all.flatMap((one) => one.images),
    ]),
  );
}

/** The series of these pods, a point an hour. */
async function readTurns(
  source: SeriesSource,
  seen: readonly LastSample[],
  window: Window,
): Promise<Series[]> {
  const valuesOf = (label: string): string[] => [...new Set(seen.map(({ labels }) => labels[label] ?? ""))];
  const ofNamespaces: LabelMatcher = { label: "namespace", in: valuesOf("namespace") };
  const read = async (metric: string): Promise<Series[]> =>
    await inShards(valuesOf("pod"), async (pods) => {
      const matchers = [ofNamespaces, { label: "pod", in: pods }];
      return await source.gauge({ metric, matchers, window, by: BY }, TURN_STEP_SECONDS);
    });
  return (await Promise.all(METRICS.map(read))).flat();
}

/**
 * One image after the other. What ran between two points only, or since the last one, is not there yet; nothing where
 * there are no points.
 */
function turnsOf(series: readonly Series[]): PodImage[] | undefined {
  const points = series.flatMap((one) => [...one.timesMs].map((timeMs) => ({ timeMs, one })));
  const turns: PodImage[] = [];
  for (const [timeMs, there] of [...Map.groupBy(points, ({ timeMs }) => timeMs)].sort(([a], [b]) => a - b)) {
    const [first] = there;
    // For a moment both may be there.
    if (first === undefined || there.some(({ one }) => imageOf(one) === turns.at(-1)?.image)) continue;
    turns.push({ ...podImage(first.one), ...(turns.length > 0 && { fromDay: dayOf(timeMs) }) });
  }
  return turns.length > 0 ? turns : undefined;
}

type Labelled = Pick<Series, "labels">;

/** While an image is pulled, its name may be empty. */
function byContainer<One extends Labelled>(all: readonly One[]): Map<string, One[]> {
  return Map.groupBy(
    all.filter((one) => imageOf(one) !== ""),
    ({ labels: { namespace, pod, container } }) => `${namespace}/${pod}/${container}`,
  );
}

function podImage(one: Labelled): PodImage {
  const { pod = "", container = "" } = one.labels;
  return { pod, container, image: imageOf(one) };
}

function imageOf({ labels: { image = "", image_spec } }: Labelled): string {
  return image_spec ?? image;
}
