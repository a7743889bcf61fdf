import { parseDuration } from "../domain/duration.ts";
import { type LookBack, type Merges, type Overview, readMerges, readOverview } from "../github/overview.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import type { SweepSetup } from "./setup.ts";

/** A repository in the course of one sweep. */
export interface Visit<Seen = Overview> {
  readonly repository: InstalledRepository;
  /** What is Loadline's there, read once for all who ask. */
  readonly overview: () => Promise<Seen>;
  /** Something was written there, so that it is read anew by who asks next. */
  readonly changed: () => void;
}

/** Repositories by name, each found once in a sweep; one that could not be found is looked for again. */
export type Visits<Seen = Overview> = (name: string) => Promise<Visit<Seen>>;

/** A merge is watched for two weeks at the most, and not waited for longer than another one. */
const FOLLOWED_MS = 30 * 86_400_000;
/** What was taken back longer ago teaches nothing any more. */
const LESSONS_MS = 365 * 86_400_000;

type VisitSetup = Pick<SweepSetup, "app" | "baseUrl" | "config" | "now">;

export function visitsOf(setup: VisitSetup): Visits {
  return visitsBy(setup, readOverview);
}

/** Of those who only follow merges. */
export function mergeVisitsOf(setup: VisitSetup): Visits<Merges> {
  return visitsBy(setup, readMerges);
}

function visitsBy<Seen>(
  { app, baseUrl, config, now }: VisitSetup,
  readSeen: (repository: InstalledRepository, since: LookBack) => Promise<Seen>,
): Visits<Seen> {
  const visit = async (name: string): Promise<Visit<Seen>> => {
    const repository = await installedRepository(app, baseUrl, name);
    const read = remembered(async () => await readSeen(repository, lookBack(config, now())));
    return { repository, overview: read.get, changed: read.forget };
  };
  const visits = new Map<string, Remembered<Visit<Seen>>>();
  return async (name) => {
    const one = visits.get(name) ?? remembered(async () => await visit(name));
    visits.set(name, one);
    return await one.get();
  };
}

function lookBack({ environments }: SweepSetup["config"], nowMs: number): LookBack {
  const longest = Math.max(...environments.map((one) => (parseDuration(one.for) ?? 0) * 1000));
  return {
    merged: nowMs - FOLLOWED_MS,
    reverts: nowMs - LESSONS_MS,
    // What is still followed counts, however short the time of its environment is.
    ...(environments.length > 0 ? { closed: nowMs - Math.max(longest, FOLLOWED_MS) } : {}),
  };
}

interface Remembered<T> {
  readonly get: () => Promise<T>;
  readonly forget: () => void;
}

/** Made once; what could not be made is made anew for who asks next. */
function remembered<T>(make: () => Promise<T>): Remembered<T> {
  let made: Promise<T> | undefined;
  const forget = (): void => {
    made = undefined;
  };
  const get = async (): Promise<T> => {
    try {
      return await (made ??= make());
    } catch (error) {
      forget();
      throw error;
    }
  };
  return { get, forget };
}
