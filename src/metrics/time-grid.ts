import type { Window } from "../domain/duration.ts";
import type { Series } from "./series-source.ts";

/** The points of time at which a range is evaluated: `points` of them, `stepMs` apart. */
export interface TimeGrid {
  readonly firstMs: number;
  readonly stepMs: number;
  readonly points: number;
}

/**
 * The multiples of the step inside the window, its end excluded. That they don't depend on the window's
 * start lets caches of the server work, and windows that touch fit together.
 */
export function gridOf(window: Window, stepSeconds: number): TimeGrid {
  const stepMs = stepSeconds * 1000;
  const first = Math.ceil(window.startMs / stepMs);
  return { firstMs: first * stepMs, stepMs, points: Math.max(0, Math.ceil(window.endMs / stepMs) - first) };
}

export function lastOf(grid: TimeGrid): number {
  return grid.firstMs + (grid.points - 1) * grid.stepMs;
}

/** Pieces of at most so many points, in order, without overlap or hole. */
export function piecesOf(grid: TimeGrid, maxPoints: number): TimeGrid[] {
  const pieces: TimeGrid[] = [];
  for (let done = 0; done < grid.points; done += maxPoints)
    pieces.push({
      firstMs: grid.firstMs + done * grid.stepMs,
      stepMs: grid.stepMs,
      points: Math.min(maxPoints, grid.points - done),
    });
  return pieces;
}

/** Joins the answers for the pieces of a grid, given in order, to one series for each set of labels. */
export function joinPieces(answers: readonly (readonly Series[])[]): Series[] {
  if (answers.length === 1) return [...(answers[0] ?? [])];
  const pieces = Map.groupBy(answers.flat(), (series) =>
    JSON.stringify(Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  return [...pieces.values()].map((parts) => ({
    labels: parts[0]?.labels ?? {},
    timesMs: concatenated(parts.map((part) => part.timesMs)),
    values: concatenated(parts.map((part) => part.values)),
  }));
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
