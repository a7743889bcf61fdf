import { describe, expect, it } from "vitest";
import { adaptive } from "../../../../src/advice/strategies/adaptive.ts";
import { krr } from "../../../../src/advice/strategies/krr.ts";
import type { Shape } from "./families.ts";
import { MEMORY_FAMILIES, type MemoryKind, memorySeries } from "./memory-families.ts";
import { daysOf, meanScores, replay, type Scores } from "./replay.ts";

/** None of the series that parameters were chosen on. */
const SEEDS = Array.from({ length: 24 }, (_, index) => 600 + index);
const STRATEGIES = { balanced: adaptive(), safe: adaptive("safe"), krr: krr() } as const;

type Compared = Readonly<Record<keyof typeof STRATEGIES, Scores>>;

describe("on generated memory, adaptive", () => {
  const kinds = new Map(
    Object.entries(MEMORY_FAMILIES).map(([kind, families]) => [
      kind,
      new Map(Object.entries<Shape>(families).map(([name, shape]) => [name, compared(name, shape)])),
    ]),
  );

  it("runs out a tenth as often as KRR's advice, at less slack, on leaks, spikes and steps that come again", () => {
    const { balanced, krr: theirs } = mean([
      family("leaks", "restarted each week or two"),
      family("spikes", "three a day"),
      family("stairs", "each few days"),
    ]);
    expect(balanced.slack).toBeLessThan(theirs.slack);
    expect(balanced.over).toBeLessThan(theirs.over / 10);
  });

  it.each(["each few days", "each week or so", "as high as each other", "until a restart"])(
    "runs out a tenth as often where the next rise is like the last: stairs %s",
    (name) => {
      const { balanced, krr: theirs } = family("stairs", name);
      expect(theirs.over).toBeGreaterThan(0.009);
      expect(balanced.over).toBeLessThan(theirs.over / 10);
    },
  );

  it.each([
    "restarted each week or two",
    "steep, restarted after days",
    "never restarted",
    "caches that fill",
  ])("never runs out, at less slack than KRR: leaks %s", (name) => {
    const { balanced, krr: theirs } = family("leaks", name);
    expect(balanced.over).toBe(0);
    expect(balanced.slack).toBeLessThan(theirs.slack - 0.015);
  });

  it.each(["leaks", "spikes"] as const)("leaves less unused than KRR: %s", (kind) => {
    const { balanced, krr: theirs } = ofKind(kind);
    expect(balanced.slack).toBeLessThan(theirs.slack - 0.015);
  });

  it("leaves less unused and runs out a third as often on all leaks, spikes and stairs, whatever their rhythm", () => {
    const { balanced, krr: theirs } = mean([ofKind("leaks"), ofKind("spikes"), ofKind("stairs")]);
    expect(balanced.slack).toBeLessThan(theirs.slack);
    expect(balanced.over).toBeLessThan(theirs.over * 0.35);
  });

  it("can't know a first step either, and does not pay for it", () => {
    const large = family("one-off steps", "up by 20 to 150 %");
    expect(large.balanced.over).toBeCloseTo(large.krr.over, 9);
    const { balanced, safe, krr: theirs } = ofKind("one-off steps");
    expect(balanced.slack).toBeLessThan(theirs.slack);
    expect(balanced.over).toBeLessThan(theirs.over * 1.4);
    expect(safe.over).toBeLessThan(theirs.over * 1.1);
  });

  it.each(["leaks", "spikes", "stairs", "one-off steps"] as const)(
    "runs out less often when it is told to be safe: %s",
    (kind) => {
      const { balanced, safe } = ofKind(kind);
      expect(safe.over).toBeLessThan(balanced.over * 0.85);
    },
  );

  it("leaves a fifth less unused than KRR where nothing happens, and never runs out", () => {
    const { balanced, krr: theirs } = ofKind("steady");
    expect(balanced.slack).toBeLessThan(theirs.slack * 0.8);
    expect(balanced.over).toBe(0);
  });

  function family(kind: MemoryKind, name: string): Compared {
    const found = kinds.get(kind)?.get(name);
    if (!found) throw new Error(`no family of ${kind} is called ${name}`);
    return found;
  }

  function ofKind(kind: MemoryKind): Compared {
    return mean([...(kinds.get(kind)?.values() ?? [])]);
  }
});

function compared(name: string, shape: Shape): Compared {
  const days = SEEDS.map((seed) => daysOf(memorySeries(name, shape, seed)));
  const scores = (strategy: keyof typeof STRATEGIES): Scores =>
    meanScores(days.map((one) => replay(one, STRATEGIES[strategy], "memory")));
  return { balanced: scores("balanced"), safe: scores("safe"), krr: scores("krr") };
}

function mean(all: readonly Compared[]): Compared {
  const of = (strategy: keyof typeof STRATEGIES): Scores =>
    meanScores(all.map(({ [strategy]: scores }) => scores));
  return { balanced: of("balanced"), safe: of("safe"), krr: of("krr") };
}
