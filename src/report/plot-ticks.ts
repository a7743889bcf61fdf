import type { ResourceName } from "../domain/resources.ts";

/** A place on an axis, and what stands there. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const MI = 2 ** 20;
const GI = 2 ** 30;
const DAY_MS = 86_400_000;
const DAYS_APART = [1, 2, 7, 14, 28, 56, 112, 365];
const HOURS_APART = [1, 2, 3, 6, 12];

/** From nothing to at least `most`, at round amounts of cores or bytes. */
export function amountTicks(most: number, resource: ResourceName): Tick[] {
  const unit = resource === "cpu" ? 1 : most >= GI ? GI : MI;
  const step = roundStep(most / unit / 4);
  const count = Math.max(1, Math.ceil(Number((most / unit / step).toFixed(6))));
  return Array.from({ length: count + 1 }, (_, index) => ({
    at: index * step * unit,
    label: amountLabel(index * step, resource, unit),
  }));
}

/** Midnights (UTC), and hours where there are few of them: ten at the most. */
export function timeTicks(startMs: number, endMs: number): Tick[] {
  const days = (endMs - startMs) / DAY_MS;
  const hourly = days < 3 ? HOURS_APART.find((hours) => (days * 24) / hours <= 10) : undefined;
  const stepMs =
    hourly === undefined
      ? (DAYS_APART.find((apart) => days / apart <= 10) ?? Math.ceil(days / 10)) * DAY_MS
      : hourly * 3_600_000;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(startMs / stepMs) * stepMs; at <= endMs; at += stepMs) {
    const iso = new Date(at).toISOString();
    ticks.push({ at, label: hourly === undefined ? iso.slice(5, 10) : iso.slice(5, 16).replace("T", " ") });
  }
  return ticks;
}

/** The next of 1, 2, 5, 10, 20, … at or above. */
function roundStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((one) => one * power >= least) ?? 10) * power;
}

function amountLabel(amount: number, resource: ResourceName, unit: number): string {
  const number = Number(amount.toFixed(6));
  if (resource === "cpu") return number > 0 && number < 1 ? `${Math.round(number * 1000)}m` : String(number);
  return number === 0 ? "0" : `${number}${unit === GI ? "Gi" : "Mi"}`;
}
