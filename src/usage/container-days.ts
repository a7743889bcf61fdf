import type { ResourceName } from "../domain/resources.ts";
import { sameContainer } from "./same-container.ts";
import type { ContainerDay, Day, DayEvents, ResourceDay } from "./usage.ts";
import type { NamespaceUsage } from "./usage-source.ts";

type Growing = { -readonly [Key in keyof ContainerDay]: ContainerDay[Key] };

/** What was read of a namespace, put together for each container of each pod and day; ascending by day. */
export function containerDays(
  { series, events, images, owners = [] }: NamespaceUsage,
  ownerOf: (pod: string) => ContainerDay["owner"],
): ContainerDay[] {
  const found = new Map<string, Growing>();
  const imagesOf = Map.groupBy(images, ({ pod, container }) => key(pod, container));
  const told = new Map(owners.map(({ pod, kind, name }) => [pod, { kind, name }]));
  const at = (pod: string, container: string, day: Day): Growing => {
    const place = `${day}/${key(pod, container)}`;
    const known = found.get(place);
    if (known) return known;
    const owner = told.get(pod) ?? ownerOf(pod);
    const image = imagesOf
      .get(key(pod, container))
      ?.findLast(({ fromDay }) => fromDay === undefined || fromDay <= day)?.image;
    const made = { day, pod, container, ...(owner ? { owner } : {}), ...(image ? { image } : {}) };
    found.set(place, made);
    return made;
  };
  for (const { resource, pod, container, days } of sameContainer(series))
    for (const { day, ...use } of days) put(at(pod, container, day), resource, use);
  for (const { pod, container, day, ...counted } of events) put(at(pod, container, day), "events", counted);
  return [...found.values()].sort((a, b) => a.day - b.day);
}

function put(into: Growing, what: ResourceName, use: ResourceDay): void;
function put(into: Growing, what: "events", counted: DayEvents): void;
function put(into: Growing, what: ResourceName | "events", value: object): void {
  Object.assign(into, { [what]: value });
}

/** Neither name holds a slash. */
function key(pod: string, container: string): string {
  return `${pod}/${container}`;
}
