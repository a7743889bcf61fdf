import type { Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { Need, Strategy } from "../advice/strategy.ts";
import type { Past } from "./past.ts";
import { type Period, periodsOf, type Schedule } from "./periods.ts";
import { score, type ScoredPeriod, type Scores } from "./score.ts";

export interface BacktestSettings extends Schedule {
  readonly resource: ResourceName;
  /** How far back a strategy can look. */
  readonly historySeconds: number;
}

/** What a strategy said at a time: cores or bytes to ask for. */
export interface Decision {
  readonly atMs: number;
  readonly value: number;
}

/** How a strategy did with a past. */
export interface StrategyRun {
  readonly strategy: string;
  readonly decisions: readonly Decision[];
  /** Missing where it never said anything. */
  readonly scores?: Scores;
}

export interface Replay {
  readonly past: Past;
  /** How many periods there were to decide for. */
  readonly periods: number;
  readonly runs: readonly StrategyRun[];
}

/** Nothing is reserved less: cores, bytes. */
const LEAST: Readonly<Record<ResourceName, number>> = { cpu: 0.01, memory: 2 ** 20 };

/**
 * Replays what was used: at the start of each period every strategy is asked with only what it could know then,
 * and its answer is held against what was used until the next. Where it says nothing, its last answer stays.
 * Yields after each answer, so that the caller can show how far it is, or stop.
 */
export function* replay(
  past: Past,
  strategies: ReadonlyMap<string, Strategy>,
  settings: BacktestSettings,
): Generator<string, Replay> {
  const periods = periodsOf(past, settings);
  const runs: StrategyRun[] = [];
  for (const [name, strategy] of strategies) {
    const decided: (ScoredPeriod & Period)[] = [];
    for (const period of periods) {
      const answer = decide(strategy, past, period.startMs, decided.at(-1), settings);
      if (answer) decided.push({ ...period, ...answer });
      yield name;
    }
    const scores = score(decided);
    const decisions = decided.map(({ startMs, value }) => ({ atMs: startMs, value }));
    runs.push({ strategy: name, decisions, ...(scores ? { scores } : {}) });
  }
  return { past, periods: periods.length, runs };
}

type Held = Pick<ScoredPeriod, "value" | "limit">;

function decide(
  strategy: Strategy,
  past: Past,
  atMs: number,
  before: Held | undefined,
  { resource, historySeconds }: BacktestSettings,
): Held | undefined {
  const usage = past.usage(atMs - historySeconds * 1000, atMs);
  const need = strategy.need({ resource, usage, atMs, current: currentOf(resource, before) });
  if (!need) return before && { value: before.value, limit: before.limit };
  const value = Math.max(LEAST[resource], need.request);
  return { value, limit: limitOf(resource, need, value) };
}

/** Memory is limited to what it asks for, where the strategy says nothing of limits; CPU is not limited. */
function limitOf(resource: ResourceName, { limit }: Need, value: number): number {
  if (resource === "cpu" || limit === null) return Number.POSITIVE_INFINITY;
  return Math.max(limit ?? value, value);
}

function currentOf(
  resource: ResourceName,
  before: Held | undefined,
): { readonly request?: Quantity; readonly limit?: Quantity } {
  if (!before) return {};
  const request = quantityOf(resource, before.value);
  return Number.isFinite(before.limit) ? { request, limit: quantityOf(resource, before.limit) } : { request };
}

/** Exact to a billionth of a core, and to a byte. */
function quantityOf(resource: ResourceName, value: number): Quantity {
  return resource === "cpu" ? `${Math.round(value * 1e9)}n` : String(Math.ceil(value));
}
