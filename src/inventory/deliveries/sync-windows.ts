import { Cron } from "croner";
import { z } from "zod";
import type { SyncWindow } from "../../domain/delivery.ts";
import { Flag, listOf, Name, part, Text } from "./shapes.ts";

/** A project of Argo CD, as far as it says when may be synced. */
export interface Project {
  readonly namespace: string;
  readonly name: string;
  readonly windows: readonly ProjectWindow[];
}

export interface ProjectWindow extends SyncWindow {
  readonly applications: readonly string[];
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  /** All of the three lists have to match, where they are not empty; else one of them. */
  readonly all: boolean;
}

export function readProject(item: unknown): Project | undefined {
  const { data } = AppProject.safeParse(item);
  if (data === undefined) return undefined;
  const windows = data.spec.syncWindows.flatMap(({ duration, andOperator, ...window }): ProjectWindow[] => {
    const durationSeconds = secondsOf(duration);
    if (durationSeconds === undefined || !isReadable(window)) return [];
    return [{ ...window, durationSeconds, all: andOperator }];
  });
  return { ...data.metadata, windows };
}

function isReadable({ schedule, timeZone }: Pick<SyncWindow, "schedule" | "timeZone">): boolean {
  try {
    new Cron(schedule, { paused: true, timezone: timeZone }).nextRun();
    return true;
  } catch {
    return false;
  }
}

/** One that Argo CD does not know it takes for UTC; offsets are none to it. */
function isTimeZone(zone: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions();
    return /^[A-Z]/.test(timeZone);
  } catch {
    return false;
  }
}

/** Seconds of a duration as Go writes it: `1h30m`. */
function secondsOf(text: string): number | undefined {
  if (!/^(?:\d{1,6}(?:\.\d{1,6})?(?:h|m|s))+$/.test(text)) return undefined;
  const sizes: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (sizes[unit] ?? 0),
    0,
  );
}

const Globs = listOf(z.string().min(1).max(253));

const AppProject = z.object({
  metadata: z.object({ name: Name, namespace: Name }),
  spec: part({
    syncWindows: listOf(
      z.object({
        kind: z.enum(["allow", "deny"]),
        // Five fields; croner would take seconds, years and words, too.
        schedule: z
          .string()
          .max(200)
          .regex(/^\s*\S+(?:\s+\S+){4}\s*$/),
        duration: z.string().max(40),
        timeZone: Text.transform((zone) => (zone !== undefined && isTimeZone(zone) ? zone : "UTC")),
        manualSync: Flag,
        andOperator: Flag,
        applications: Globs,
        namespaces: Globs,
        clusters: Globs,
      }),
    ),
  }),
});
