import { type WorkloadId, workloadKey } from "../domain/workload.ts";

/** A container as a person may name it. */
export interface Named {
  readonly workload: WorkloadId;
  readonly container: string;
}

/**
 * The containers that a person means: by the container's name, the workload's (`api`, `shop/api`,
 * `Deployment/shop/api`), or both, with a space or a colon between them. All where nothing is named.
 */
export function meant<T extends Named>(target: string | undefined, among: readonly T[]): T[] {
  if (target === undefined) return [...among];
  const [first = "", second] = target.split(/[\s:]+/);
  const isWorkload = ({ workload }: Named, word: string): boolean =>
    [workload.name, `${workload.namespace}/${workload.name}`, workloadKey(workload)].some((name) =>
      sameText(name, word),
    );
  if (second !== undefined)
    return among.filter((one) => isWorkload(one, first) && sameText(one.container, second));
  const byContainer = among.filter(({ container }) => sameText(container, first));
  return byContainer.length > 0 ? byContainer : among.filter((one) => isWorkload(one, first));
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
