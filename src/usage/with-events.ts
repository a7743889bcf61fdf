import type { Window } from "../domain/duration.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { toldPartly } from "../metrics/told-partly.ts";
import { readEvents } from "./events.ts";
import { readImages } from "./images.ts";
import type { EventDay, PodImage, UsageSource } from "./usage-source.ts";

interface Told {
  readonly events: ReadonlyMap<string, readonly EventDay[]>;
  readonly images: ReadonlyMap<string, readonly PodImage[]>;
  readonly incomplete: boolean;
}

const NOTHING: Told = { events: new Map(), images: new Map(), incomplete: true };

/** Windows whose answers are held: a sweep reads few. */
const WINDOWS_HELD = 4;

/**
 * A source with what PromQL tells besides: events and images, asked for all announced namespaces at once. Where
 * they can't be had, that is a warning.
 */
export function withEvents(
  source: UsageSource,
  series: SeriesSource,
  warn: (warning: string) => void,
): UsageSource {
  let announced: readonly string[] = [];
  const told = new Map<string, Promise<Told>>();

  const ask = async (namespaces: readonly string[], window: Window): Promise<Told> => {
    try {
      const { read, partial } = await toldPartly(series, () =>
        Promise.all([readEvents(series, namespaces, window), readImages(series, namespaces, window)]),
      );
      const [events, images] = read;
      return { events, images, incomplete: partial };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(`OOM kills, throttling, restarts and images of containers are not known: ${why}`);
      return NOTHING;
    }
  };
  const toldOf = (namespace: string, window: Window): Promise<Told> => {
    const together = announced.includes(namespace) ? announced : [namespace];
    const key = JSON.stringify([window.startMs, window.endMs, together]);
    const known = told.get(key) ?? ask(together, window);
    told.set(key, known);
    for (const oldest of [...told.keys()].slice(0, -WINDOWS_HELD)) told.delete(oldest);
    return known;
  };

  return {
    protocol: source.protocol,
    cost: source.cost,
    announce(namespaces) {
      announced = namespaces;
    },
    async read(namespace, window) {
      const [usage, { events, images, incomplete }] = await Promise.all([
        source.read(namespace, window),
        toldOf(namespace, window),
      ]);
      return {
        ...usage,
        events: events.get(namespace) ?? [],
        images: images.get(namespace) ?? [],
        incomplete: usage.incomplete === true || incomplete,
      };
    },
  };
}
