import { type Quantity, sameQuantity } from "../domain/quantity.ts";
import { amountOf, type ResourceField } from "../domain/resources.ts";
import type { Trial, TriedContainer } from "./trial.ts";
import { asks, containerOf, given, type TrialPod, type TriedPod } from "./trial-pod.ts";
import { whyOver } from "./why-over.ts";

/** Numbers of a container to be set in a pod. */
export interface NewSize {
  readonly container: string;
  readonly role: TriedContainer["role"];
  readonly amounts: ReadonlyMap<ResourceField, Quantity>;
}

/** What is to be done now; after anything but `wait` and `finish`, what comes next is asked anew. */
export type Step =
  | { readonly do: "resize"; readonly sizes: readonly NewSize[] }
  /** To be written down before anything else is done. */
  | { readonly do: "record"; readonly trial: Trial }
  | { readonly do: "wait" }
  /** All is put back: say what was seen, and forget it. */
  | { readonly do: "finish" };

/**
 * What becomes of a trial, from what is written of it and the pod as it is: nothing else is remembered, so that it
 * goes on from wherever somebody was killed. Once `ended` is written, it only ever goes back.
 */
export function nextStep(trial: Trial, pod: TriedPod | undefined, nowMs: number, stop?: string): Step {
  if (trial.backAt !== undefined) return { do: "finish" };
  const at = new Date(nowMs).toISOString();
  const back = (): Step => ({
    do: "record",
    trial: { ...trial, ended: trial.ended ?? { at, how: "gone" }, backAt: at },
  });
  if (pod === undefined || pod.uid !== trial.pod.uid || pod.leaving) return back();
  if (trial.ended) {
    const sizes = sizesToPutBack(trial, pod);
    if (sizes.length > 0) return { do: "resize", sizes };
    return given(pod, trial.containers) === "not-yet" ? { do: "wait" } : back();
  }
  const over = whyOver(trial, pod, nowMs, stop);
  if (over) return { do: "record", trial: { ...trial, ended: { at, ...over } } };
  if (trial.resizedAt !== undefined) return { do: "wait" };
  if (asks(pod, trial.containers, "before")) return { do: "resize", sizes: sizesToTry(trial) };
  if (given(pod, trial.containers) === "given") return { do: "record", trial: { ...trial, resizedAt: at } };
  return { do: "wait" };
}

/** The size that is tried. */
export function sizesToTry({ containers }: { readonly containers: readonly TriedContainer[] }): NewSize[] {
  return containers.map(({ name, role, changes }) => ({
    container: name,
    role,
    amounts: new Map(changes.map(({ field, after }) => [field, after])),
  }));
}

/** What somebody else has set in the meantime is theirs, and stays. */
function sizesToPutBack({ containers }: Trial, pod: TrialPod): NewSize[] {
  return containers.flatMap((tried) => {
    const resources = containerOf(pod, tried)?.resources;
    const ours = tried.changes.filter(
      ({ field, before, after }) =>
        resources !== undefined &&
        sameQuantity(amountOf(resources, field), after) &&
        !sameQuantity(before, after),
    );
    if (ours.length === 0) return [];
    const amounts = new Map(ours.map(({ field, before }) => [field, before]));
    return [{ container: tried.name, role: tried.role, amounts }];
  });
}
