import { CPU_FAMILIES, type CpuFamily, cpuSeries } from "../strategies/adaptive/families.ts";
import { MEMORY_FAMILIES, memorySeries } from "../strategies/adaptive/memory-families.ts";
import { random } from "../strategies/adaptive/random.ts";
import type { Use } from "./days-until.ts";
import { type Outcome, outcomeOf } from "./outcomes.ts";

const CPU = Object.keys(CPU_FAMILIES).filter((name): name is CpuFamily => Object.hasOwn(CPU_FAMILIES, name));
const MEMORY = Object.values(MEMORY_FAMILIES).flatMap((kind) => Object.entries(kind));
const DAYS = 35;
const MOMENTS = [0, 1, 2];

/** What became of advice to containers with these seeds, each of any kind of use, at three moments. */
export function outcomesOf({ from, count }: { readonly from: number; readonly count: number }): Outcome[] {
  return Array.from({ length: count }, (_, index) => from + index).flatMap((seed) => {
    const use = anyUse(seed);
    return MOMENTS.flatMap((moment) => outcomeOf(use, seed * MOMENTS.length + moment) ?? []);
  });
}

function anyUse(seed: number): Use {
  const draw = random(~seed);
  const [cpu, [memory, shape]] = [oneOf(CPU, draw), oneOf(MEMORY, draw)];
  return {
    cpu: { ...cpuSeries(cpu, seed, DAYS), name: `cpu ${cpu}` },
    memory: { ...memorySeries(memory, shape, ~seed, DAYS), name: `memory ${memory}` },
  };
}

function oneOf<One>(all: readonly One[], draw: () => number): One {
  const one = all[Math.floor(draw() * all.length)];
  if (one === undefined) throw new RangeError("nothing to choose from");
  return one;
}
