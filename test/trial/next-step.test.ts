import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Resources, withAmount } from "../../src/domain/resources.ts";
import { nextStep, type NewSize, type Step } from "../../src/trial/next-step.ts";
import type { TriedPod } from "../../src/trial/trial-pod.ts";
import { readTrial, type Trial, writeTrial } from "../../src/trial/trial.ts";
import { at, container, HOUR, NEW, OLD, pod, resized, START, trial } from "./model.ts";

const running = trial({ resizedAt: at(START + 60_000) });
const ended = trial({ ended: { at: at(START + HOUR), how: "held" } });

describe("what comes next in a trial", () => {
  it("first the pod is asked to have the new size", () => {
    const step = nextStep(trial(), pod(), START);
    expect(step).toMatchObject({ do: "resize", sizes: [{ container: "app", role: "main" }] });
    expect(sizesOf(step)).toEqual({ "requests.cpu": "200m", "requests.memory": "256Mi" });
  });

  it("the node is waited for, and when it gave the size, that is written down", () => {
    const asked = pod({ containers: [container({ resources: NEW })] });
    expect(nextStep(trial(), asked, START)).toEqual({ do: "wait" });
    expect(nextStep(trial(), resized(), START + 5000)).toEqual({
      do: "record",
      trial: trial({ resizedAt: at(START + 5000) }),
    });
    expect(nextStep(running, resized(), START + HOUR)).toEqual({ do: "wait" });
  });

  it("a node that counts CPU in shares gives a little less, which is the same", () => {
    const rounded = withAmount(NEW, "requests.cpu", "199m");
    expect(nextStep(trial(), resized({ actual: rounded }), START).do).toBe("record");
  });

  it("a node that has looked at the pod and has nothing more to do has given it, however it counts", () => {
    const odd = withAmount(NEW, "requests.cpu", "2598m");
    expect(nextStep(trial(), resized({ actual: odd }), START)).toEqual({ do: "wait" });
    expect(nextStep(trial(), resized({ actual: odd }, { observed: false }), START)).toEqual({ do: "wait" });
    expect(nextStep(trial(), resized({ actual: odd }, { observed: true }), START).do).toBe("record");
    const busy = { observed: true, resize: { state: "in-progress", reason: "", message: "" } } as const;
    expect(nextStep(trial(), resized({ actual: odd }, busy), START)).toEqual({ do: "wait" });
  });

  const endings: [what: string, how: string, trial: Trial, pod: TriedPod, afterMs: number, stop?: string][] =
    [
      ["its time is over", "held", running, resized(), 2 * HOUR],
      [
        "a tried container was killed for memory",
        "oom-killed",
        running,
        resized({ restarts: 1, lastEnd: "OOMKilled" }),
        HOUR,
      ],
      ["a tried container restarted", "restarted", running, resized({ restarts: 1, lastEnd: "Error" }), HOUR],
      [
        "the pod is not ready for minutes",
        "not-ready",
        running,
        resized({}, { ready: false, readySinceMs: START }),
        HOUR,
      ],
      [
        "the node can never give it",
        "infeasible",
        trial(),
        resized({ actual: OLD }, { resize: { state: "pending", reason: "Infeasible", message: "too big" } }),
        1000,
      ],
      [
        "the node has no room for minutes",
        "deferred",
        trial(),
        resized({ actual: OLD }, { resize: { state: "pending", reason: "Deferred", message: "full" } }),
        600_000,
      ],
      ["the node does not act", "not-taken-up", trial(), resized({ actual: OLD }), 600_000],
      [
        "somebody else set another size",
        "interfered",
        running,
        resized({ resources: withAmount(NEW, "requests.cpu", "900m") }),
        HOUR,
      ],
      ["somebody else put it back", "interfered", running, pod(), HOUR],
      ["no other pod is ready any more", "alone", running, resized({}, { othersReady: 0 }), HOUR],
      ["somebody says so", "stopped", running, resized(), HOUR, "by bob"],
    ];
  it.each(endings)("%s: it ends (%s)", (_, how, given, live, afterMs, stop) => {
    expect(nextStep(given, live, START + afterMs, stop)).toMatchObject({
      do: "record",
      trial: { ended: { how, at: at(START + afterMs) } },
    });
  });

  it.each([
    ["a restart that the change itself asks for", resized({ restarts: 1, lastEnd: "Completed" }), 60_000],
    ["an OOM kill of before", resized({ lastEnd: "OOMKilled" }), HOUR],
    ["a moment without readiness", resized({}, { ready: false, readySinceMs: START + HOUR - 30_000 }), HOUR],
  ])("%s does not end it", (_, live, afterMs) => {
    const [tried] = running.containers;
    const allowed = { ...running, containers: tried ? [{ ...tried, restartsByResize: true }] : [] };
    expect(nextStep(allowed, live, START + afterMs)).toEqual({ do: "wait" });
  });

  it("once it ended, the pod is asked to have its old size, and waited for", () => {
    expect(sizesOf(nextStep(ended, resized(), START))).toEqual({
      "requests.cpu": "500m",
      "requests.memory": "512Mi",
    });
    expect(nextStep(ended, pod({ containers: [container({ actual: NEW })] }), START)).toEqual({ do: "wait" });
    expect(nextStep(ended, pod(), START + HOUR)).toEqual({
      do: "record",
      trial: { ...ended, backAt: at(START + HOUR) },
    });
    expect(nextStep({ ...ended, backAt: at(START) }, resized(), START)).toEqual({ do: "finish" });
  });

  it("what somebody else has set meanwhile is not taken from them", () => {
    const mixed = withAmount(NEW, "requests.cpu", "900m");
    expect(sizesOf(nextStep(ended, resized({ resources: mixed }), START))).toEqual({
      "requests.memory": "512Mi",
    });
  });

  it.each([
    ["is gone", undefined],
    ["is another one of the same name", pod({ uid: "uid-2" })],
    ["is being deleted", resized({}, { leaving: true })],
  ])("a pod that %s has nothing to be put back", (_, live) => {
    expect(nextStep(running, live, START)).toMatchObject({
      do: "record",
      trial: { ended: { how: "gone" }, backAt: at(START) },
    });
  });
});

/** What may happen between two looks at it; `killed` after so many steps. */
type Happening = "acts" | "refuses" | "defers" | "restarts" | "oom" | "unready" | "alone" | "nothing";

const life = fc.array(
  fc.record({
    happens: fc.constantFrom<Happening>(
      "acts",
      "refuses",
      "defers",
      "restarts",
      "oom",
      "unready",
      "alone",
      "nothing",
    ),
    /** Steps until Loadline is killed, and looks again. */
    steps: fc.nat(4),
    passesMs: fc.nat(HOUR),
    stop: fc.boolean(),
  }),
  { maxLength: 30 },
);

describe("whatever happens, and wherever Loadline is killed", () => {
  it("the pod has its old size in the end, and until then it is written down that it has not", () => {
    fc.assert(
      fc.property(life, (happenings) => {
        const world = new World();
        for (const { happens, steps, passesMs, stop } of happenings) {
          world.happen(happens, passesMs);
          for (let step = 0; step < steps; step++) world.step(stop ? "by bob" : undefined);
          expect(world.nothingIsLost).toBe(true);
        }
        // Then a node that does as it is told, and a Loadline that lives.
        for (let round = 0; round < 20; round++) {
          world.happen("acts", HOUR);
          for (let step = 0; step < 6; step++) world.step();
          expect(world.nothingIsLost).toBe(true);
        }
        expect(world.finished).toBe(true);
        expect(world.asks).toEqual(OLD);
      }),
      { numRuns: 500 },
    );
  });
});

/** A pod, its node, the clock, and what is written of the trial: all that outlives a kill. */
class World {
  asks: Resources = OLD;
  finished = false;
  #has: Resources = OLD;
  #resize: TriedPod["resize"];
  #restarts = 0;
  #lastEnd: string | undefined;
  #ready = true;
  #othersReady = 1;
  #readySinceMs = START;
  #nowMs = START;
  #written = writeTrial(trial());

  happen(what: Happening, passesMs: number): void {
    this.#nowMs += passesMs;
    this.#resize = undefined;
    if (what === "acts") this.#has = this.asks;
    if (what === "refuses" && this.#has !== this.asks)
      this.#resize = { state: "pending", reason: "Infeasible", message: "no" };
    if (what === "defers" && this.#has !== this.asks)
      this.#resize = { state: "pending", reason: "Deferred", message: "later" };
    if (what === "restarts" || what === "oom") {
      this.#restarts++;
      this.#lastEnd = what === "oom" ? "OOMKilled" : "Error";
    }
    if (this.#ready !== (what !== "unready")) this.#readySinceMs = this.#nowMs;
    this.#ready = what !== "unready";
    this.#othersReady = what === "alone" ? 0 : 1;
  }

  step(stop?: string): void {
    const written = readTrial(this.#written);
    if (this.finished || !written) return;
    const live = pod({
      ready: this.#ready,
      readySinceMs: this.#readySinceMs,
      othersReady: this.#othersReady,
      ...(this.#resize ? { resize: this.#resize } : {}),
      containers: [
        container({
          resources: this.asks,
          actual: this.#has,
          restarts: this.#restarts,
          ...(this.#lastEnd === undefined ? {} : { lastEnd: this.#lastEnd }),
        }),
      ],
    });
    const step = nextStep(written, live, this.#nowMs, stop);
    if (step.do === "record") this.#written = writeTrial(step.trial);
    if (step.do === "resize") for (const size of step.sizes) this.asks = applied(this.asks, size);
    if (step.do === "finish") this.finished = true;
  }

  /** Its size is the old one, or it is written down that it may not be. */
  get nothingIsLost(): boolean {
    const backAt = readTrial(this.#written)?.backAt;
    return isDeepStrictEqual(this.asks, OLD) || (!this.finished && backAt === undefined);
  }
}

function applied(size: Resources, { amounts }: NewSize): Resources {
  let next = size;
  for (const [field, amount] of amounts) next = withAmount(next, field, amount);
  return next;
}

function sizesOf(step: Step): object {
  return step.do === "resize" ? Object.fromEntries(step.sizes.flatMap(({ amounts }) => [...amounts])) : step;
}
