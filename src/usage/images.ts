import type { Window } from "../domain/duration.ts";
import { lastOfEach } from "../metrics/last-of-each.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import type { PodImage } from "./usage-source.ts";

const METRICS = ["kube_pod_container_info", "kube_pod_init_container_info"];

/** Which image each container of each pod ran, by namespace, from kube-state-metrics; one request for all. */
export async function readImages(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
): Promise<Map<string, PodImage[]>> {
  const by = ["namespace", "pod", "container", "image", "image_spec"];
  const samples = await inNamespaces(namespaces, async (matchers) => {
    const queries = METRICS.map((metric) => ({ metric, matchers, by }));
    return (await lastOfEach(source, queries, window)).flat();
  });
  const images = samples.map(({ labels }) => {
    const { namespace = "", pod = "", container = "", image_spec: image = labels["image"] ?? "" } = labels;
    return { namespace, image: { pod, container, image } };
  });
  return new Map(
    // While an image is pulled, its name may be empty.
    [
      ...Map.groupBy(
        images.filter(({ image: { image } }) => image !== ""),
        ({ namespace }) => namespace,
      ),
    ].map(([namespace, some]) => [namespace, some.map(({ image }) => image)]),
  );
}
