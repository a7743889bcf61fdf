import { InputError } from "../../../domain/input-error.ts";
import { RESOURCE_NAMES } from "../../../domain/resources.ts";
import { type ContainerDay, DAY_MS, dayOf } from "../../usage.ts";
import type { SeriesDays, UsageSource } from "../../usage-source.ts";
import type { UsageStore } from "../../usage-store.ts";

/**
 * What a poller of metrics-server has kept in the store under this key. Reading rejects with `InputError` where
 * it has kept nothing yet.
 */
export function polledSource(store: UsageStore, sourceKey: string): UsageSource {
  return {
    protocol: "metrics-server, polled",
    cost: { requests: 0, bytes: 0 },
    async read(namespace, { startMs, endMs }) {
      const first = dayOf(startMs);
      const days = Array.from({ length: Math.ceil(endMs / DAY_MS) - first }, (_, index) => first + index);
      const kept = await store.load(sourceKey, namespace, days);
      if (kept.size === 0 && (await store.kept(sourceKey)).size === 0)
        throw new InputError(
          "nothing of metrics-server was kept yet: it knows only of now, so let loadline serve or loadline collect poll it for some days",
        );
      return { series: seriesOf([...kept.values()].flat()), events: [], images: [] };
    },
  };
}

function seriesOf(days: readonly ContainerDay[]): SeriesDays[] {
  const containers = Map.groupBy(days, ({ pod, container }) => `${pod}/${container}`);
  return [...containers.values()].flatMap((own) =>
    RESOURCE_NAMES.flatMap((resource): SeriesDays[] => {
      const [first] = own;
      const found = own.flatMap(({ day, [resource]: of }) => (of === undefined ? [] : [{ ...of, day }]));
      if (first === undefined || found.length === 0) return [];
      const { pod, container } = first;
      return [{ resource, pod, container, job: "", days: found.sort((a, b) => a.day - b.day) }];
    }),
  );
}
