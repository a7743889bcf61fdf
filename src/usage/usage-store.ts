import type { ContainerDay, Day } from "./usage.ts";

/** Where days that are over are kept, so that the next sweep reads only what is new. */
export interface UsageStore extends AsyncDisposable {
  /** Which days are kept, by namespace, without reading them; so that what is missing is known beforehand. */
  kept(source: string): Promise<ReadonlyMap<string, readonly Day[]>>;
  /**
   * The days of a namespace that are kept, a day without containers included; a day that is damaged or of
   * another version is not there. `source` is what was asked, so that two never mix.
   */
  load(
    source: string,
    namespace: string,
    days: readonly Day[],
  ): Promise<ReadonlyMap<Day, readonly ContainerDay[]>>;
  /** Keeps whole days; all of them or, where it rejects, none. */
  save(source: string, namespace: string, days: ReadonlyMap<Day, readonly ContainerDay[]>): Promise<void>;
  /** Forgets what is older. */
  prune(before: Day): Promise<void>;
}
