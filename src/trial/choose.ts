import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import { type ResourceName, type Resources, splitField, withAmount } from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
import { qualityOfService } from "./quality-of-service.ts";
import type { CandidatePod, Situation, Wish } from "./situation.ts";
import type { TriedContainer } from "./trial.ts";
import { asks, containerOf, type PodContainer } from "./trial-pod.ts";

/** The pod to try it on, and what is to be changed and put back in it. */
export interface Chosen {
  readonly pod: CandidatePod;
  readonly containers: readonly TriedContainer[];
}

/** From this version on a memory limit may be lowered in place, so that one that was raised can be put back. */
const LOWERS_MEMORY_LIMITS = 34;

/** A pod on which a trial does no harm, or why there is none. The API server has its own say after this. */
export function choose(wish: Wish, situation: Situation): Chosen | Reason {
  const changes = changesOf(wish);
  if ("code" in changes) return changes;
  const against = againstWorkload(wish, situation);
  if (against) return against;
  const pod = oldestReady(changes, situation);
  if (!pod)
    return no(
      "no-pod",
      `no pod of ${workloadKey(wish.workload)} is ready, at rest, and asks for what the workload asks for today; wait until its rollout is done`,
    );
  if (situation.pods.filter(({ ready, leaving }) => ready && !leaving).length < 2)
    return no("last-pod", "it is the only ready pod of the workload, and nothing is tried on that");
  const budget = pod.budgets.find(({ disruptionsAllowed }) => disruptionsAllowed < 1);
  if (budget) return no("budget", `the PodDisruptionBudget ${budget.name} allows no pod to be disrupted now`);
  const containers = changes.map((wished) => tried(wished, containerOf(pod, wished)));
  const fault = againstContainers(wish, situation, containers) ?? againstClass(pod, containers);
  return fault ?? { pod, containers };
}

type Wished = Pick<TriedContainer, "name" | "changes">;

function changesOf({ containers }: Wish): Wished[] | Reason {
  const wished: Wished[] = [];
  for (const { name, changes } of containers) {
    const known: TriedContainer["changes"] = [];
    for (const { field, before, after } of changes) {
      // The API server lets nothing be taken away from a pod that runs.
      if (before === undefined)
        return no("added", `${name} has no ${field} today, and what is added to a pod can't be taken away`);
      known.push({ field, before, after });
    }
    if (known.length > 0) wished.push({ name, changes: known });
  }
  return wished.length > 0
    ? wished
    : no("nothing", "all that changes is a limit that goes away, and no running pod can lose one");
}

function againstWorkload({ workload, containers }: Wish, situation: Situation): Reason | undefined {
  if (workload.kind === "Job" || workload.kind === "CronJob")
    return no("job", `pods of a ${workload.kind} come and go; there is nothing to watch for a while`);
  const { autoscalers, verticalAutoscaler } = situation;
  for (const { name, changes } of containers)
    for (const { field } of changes) {
      const [, resource] = splitField(field);
      const scaling = autoscalers.find(
        ({ resources, container }) =>
          resources.includes(resource) && (container === undefined || container === name),
      );
      if (scaling)
        return no(
          "autoscaled",
          `the HorizontalPodAutoscaler ${scaling.name} scales by ${resource}: one pod of another size would mislead it`,
        );
    }
  return verticalAutoscaler?.acts
    ? no(
        "vertical-autoscaler",
        `the VerticalPodAutoscaler ${verticalAutoscaler.name} is in charge of the pods' sizes`,
      )
    : undefined;
}

/** Its caches are warm, and a workload that shrinks gives up younger ones first. */
function oldestReady(wished: readonly Wished[], { pods }: Situation): CandidatePod | undefined {
  const [oldest] = pods
    .filter((pod) => pod.ready && !pod.leaving && !pod.resize && asks(pod, wished, "before"))
    .sort((a, b) => a.readySinceMs - b.readySinceMs || (a.name < b.name ? -1 : 1));
  return oldest;
}

function tried({ name, changes }: Wished, container: PodContainer | undefined): TriedContainer {
  const resources = new Set<ResourceName>(changes.map(({ field }) => splitField(field)[1]));
  return {
    name,
    role: container?.role === "sidecar" ? "sidecar" : "main",
    changes,
    restarts: container?.restarts ?? 0,
    restartsByResize: container?.restartsFor.some((resource) => resources.has(resource)) ?? false,
  };
}

function againstContainers(
  { restarts, containers: wished }: Wish,
  { minor, pods }: Situation,
  containers: readonly TriedContainer[],
): Reason | undefined {
  const init = wished.find(({ name }) => pods.some((pod) => containerOf(pod, { name })?.role === "init"));
  if (init) return no("init", `${init.name} is an init container: it has run, and is not resized`);
  const restarting = containers.find(({ restartsByResize }) => restartsByResize);
  if (restarting && !restarts)
    return no(
      "restarts",
      `the resizePolicy of ${restarting.name} restarts it for this change, and the policy does not allow that (trial.restarts)`,
    );
  const raised = containers.find(
    ({ restartsByResize, changes }) =>
      !restartsByResize &&
      changes.some(
        ({ field, before, after }) => field === "limits.memory" && baseUnits(after) > baseUnits(before),
      ),
  );
  return raised && minor < LOWERS_MEMORY_LIMITS
    ? no(
        "no-way-back",
        `the memory limit of ${raised.name} would be raised, and Kubernetes 1.${minor} would not let it be lowered again; 1.${LOWERS_MEMORY_LIMITS} does`,
      )
    : undefined;
}

/** The API server refuses to change a pod's class. With resources of its own it is the API server that knows. */
function againstClass(pod: CandidatePod, containers: readonly TriedContainer[]): Reason | undefined {
  if (pod.ownResources) return undefined;
  const now = qualityOfService(pod.containers.map(({ resources }) => resources));
  const then = qualityOfService(
    pod.containers.map(({ name, resources }) =>
      (containers.find((one) => one.name === name)?.changes ?? []).reduce<Resources>(
        (size, { field, after }) => withAmount(size, field, after),
        resources,
      ),
    ),
  );
  return now === then
    ? undefined
    : no("class", `the pod would become ${then} and is ${now}: Kubernetes refuses to change that`);
}

function no(code: string, message: string): Reason {
  return { code, message };
}
