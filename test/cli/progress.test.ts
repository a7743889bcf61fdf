import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { terminalProgress } from "../../src/cli/progress.ts";

/** Moves and wipes nothing. */
function terminal(kind: { readonly isTTY: boolean; readonly columns: number }) {
  const done = (): boolean => true;
  return Object.assign(new PassThrough(), { ...kind, cursorTo: done, clearLine: done, moveCursor: done });
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each([
  ["a file", { isTTY: false, columns: 80 }],
  ["a terminal of no columns", { isTTY: true, columns: 0 }],
])("progress is not for %s", (_, kind) => {
  const stream = terminal(kind);
  const progress = terminalProgress(stream);
  progress.step("reading usage");
  vi.advanceTimersByTime(5000);
  progress.done();
  expect(stream.read()).toBeNull();
});

it("progress is told on a terminal after two seconds, and taken away", () => {
  const stream = terminal({ isTTY: true, columns: 80 });
  const progress = terminalProgress(stream);
  progress.step("reading usage");
  vi.advanceTimersByTime(1900);
  expect(stream.read()).toBeNull();
  vi.advanceTimersByTime(1000);
  progress.done();
  expect(String(stream.read())).toContain("reading usage");
});
