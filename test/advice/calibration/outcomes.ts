import { advise, type Subject } from "../../../src/advice/advise.ts";
import { type Grounds, groundsOf } from "../../../src/advice/confidence.ts";
import { DEFAULT_POLICY, type Policy } from "../../../src/advice/policy.ts";
import { shape } from "../../../src/advice/shape.ts";
import { situationsOf } from "../../../src/advice/situation.ts";
import { baseUnits, cpuQuantity, memoryQuantity } from "../../../src/domain/quantity.ts";
import type { ResourceName, Resources } from "../../../src/domain/resources.ts";
import { NO_SURROUNDINGS } from "../../../src/domain/surroundings.ts";
import type { Container } from "../../../src/domain/workload.ts";
import { type ContainerDay, DAY_MS } from "../../../src/usage/usage.ts";
import { SAMPLES_A_DAY, STEP_SECONDS } from "../strategies/adaptive/families.ts";
import { random } from "../strategies/adaptive/random.ts";
import { workload } from "../workload.ts";
import { daysUntil, type Use, WINDOW_DAYS } from "./days-until.ts";

/** Advice, and what became of it in the week after it. */
export interface Outcome {
  readonly confidence: number;
  /** Whether all that was advised held. */
  readonly held: boolean;
  /** Each resource that was to change. */
  readonly parts: readonly Part[];
}

export interface Part {
  readonly name: string;
  readonly grounds: Grounds;
  readonly held: boolean;
}

const WEEK = 7 * SAMPLES_A_DAY;
const EARLIEST = 2 * SAMPLES_A_DAY;

/**
 * What became of advice at some moment, at which a week of this use is left; `undefined` where nothing was seen or
 * to change. The requests that are there are half of what was used up to five times as much.
 */
export function outcomeOf(use: Use, seed: number, policy: Policy = DEFAULT_POLICY): Outcome | undefined {
  const draw = random(seed);
  const end = EARLIEST + Math.floor(draw() * (use.cpu.values.length - WEEK - EARLIEST));
  const days = daysUntil(end, use, draw);
  if (days.length === 0) return undefined;
  const subject = subjectOf(days, resourcesFor(days, draw));
  const endMs = end * STEP_SECONDS * 1000;
  const window = { startMs: endMs - WINDOW_DAYS * DAY_MS, endMs };
  const { recommended, confidence } = advise(subject, window, policy);
  if (!recommended) return undefined;
  const parts = situationsOf(subject, window, policy).flatMap((situation): Part[] => {
    const { resource } = situation;
    const shaped = shape(situation);
    const grounds = groundsOf({ situation, shaped });
    if ("held" in shaped || !grounds) return [];
    const { name, values } = use[resource];
    return [{ name, grounds, held: holds(resource, recommended, values.subarray(end, end + WEEK)) }];
  });
  return { confidence, held: parts.every(({ held }) => held), parts };
}

/** At most a twentieth of the samples above the CPU request; none above the memory limit. */
function holds(resource: ResourceName, { requests, limits }: Resources, after: Float64Array): boolean {
  const most = baseUnits((resource === "cpu" ? requests.cpu : limits.memory) ?? "0");
  return after.filter((value) => value > most).length <= (resource === "cpu" ? after.length / 20 : 0);
}

function subjectOf(days: readonly ContainerDay[], resources: Resources): Subject {
  const container: Container = { name: "app", role: "main", resources };
  return {
    container,
    workload: workload({ containers: [container] }),
    usage: { container: "app", days },
    surroundings: NO_SURROUNDINGS,
  };
}

const LIMITS_FOR_REQUESTS = [1, 1, 1.25, 2];

function resourcesFor(days: readonly ContainerDay[], draw: () => number): Resources {
  const most = (resource: ResourceName, quantile: number): number =>
    Math.max(...days.map(({ [resource]: of }) => of?.values.quantile(quantile) ?? 0));
  const times = (): number => 0.5 * 10 ** draw();
  const ratio = LIMITS_FOR_REQUESTS[Math.floor(draw() * LIMITS_FOR_REQUESTS.length)] ?? 1;
  const peak = most("memory", 1);
  const limit = Math.max(peak * 1.02, peak * times() * ratio);
  return {
    requests: { cpu: cpuQuantity(most("cpu", 0.95) * times()), memory: memoryQuantity(limit / ratio) },
    limits: { memory: memoryQuantity(limit) },
  };
}
