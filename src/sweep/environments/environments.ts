import picomatch from "picomatch";
import type { EnvironmentConfig } from "../../config/environments.ts";
import type { Reason } from "../../domain/reason.ts";
import { changedFields, RESOURCE_FIELDS, type ResourceField } from "../../domain/resources.ts";
import { anyPlace, type FieldPlace, placeOf } from "../../gitops/scan.ts";
import { placeKey } from "../../gitops/trace/place.ts";
import { type TurnTerms, unreadBefore, whyNotYet } from "./environment-turn.ts";
import type { Located } from "../locate/locate-containers.ts";

/**
 * Which changes wait, and why: for the same container in an environment before, or since a line feeds several
 * environments at once. Such a line belongs to the last of them, and waits for those that it does not feed. What is
 * raised without delay waits for nothing.
 */
export function environmentHolds(
  located: readonly Located[],
  terms: TurnTerms,
): ReadonlyMap<Located, Reason> {
  const holds = new Map<Located, Reason>();
  if (terms.environments.length === 0) return holds;
  const selectors = terms.environments.map(selects);
  const stages = new Map(located.map((one) => [one, selectors.findLastIndex((fits) => fits(one))]));
  const stageOf = (one: Located): number => stages.get(one) ?? -1;
  const fedBy = feeding(located);
  const namesakes = Map.groupBy(located, nameOf);
  for (const one of located) {
    const { recommended, urgent } = one.advice;
    if (!recommended || urgent.length > 0) continue;
    const fields = changedFields(one.container.resources, recommended);
    const fed = new Set([one, ...fields.flatMap((field) => fedBy(one, field))]);
    const own = [...new Set([...fed].map(stageOf))].filter((stage) => stage >= 0).sort((a, b) => a - b);
    const last = own.at(-1);
    if (last === undefined) continue;
    const others = (namesakes.get(nameOf(one)) ?? []).filter((other) => !fed.has(other));
    const [earlier, those] = nearestBefore(last, one, others, stageOf);
    const reason =
      unreadBefore(last, terms) ??
      (earlier === undefined
        ? feedsSeveral(
            own.map((stage) => terms.environments[stage]?.name ?? ""),
            fields.map((field) => writtenAt(one, field)).find((place) => place !== undefined),
          )
        : whyNotYet(last, earlier, those, terms));
    if (reason) holds.set(one, reason);
  }
  return holds;
}

function selects({ clusters, namespaces, paths }: EnvironmentConfig): (one: Located) => boolean {
  const inNamespace = namespaces && picomatch([...namespaces]);
  const onPath = paths && picomatch([...paths], { dot: true });
  return ({ cluster, workload, location }) => {
    if (clusters?.includes(cluster) === false || inNamespace?.(workload.namespace) === false) return false;
    if (!onPath) return true;
    if (!("at" in location)) return false;
    const { path, kind } = location.at.recipe;
    return onPath(path) || (kind === "plain" && onPath(anyPlace(location.at)?.file ?? ""));
  };
}

/** All containers that a field of one feeds, itself among them. */
function feeding(located: readonly Located[]): (one: Located, field: ResourceField) => readonly Located[] {
  const key = (one: Located, field: ResourceField): string[] => {
    const place = writtenAt(one, field);
    return place && "at" in one.location ? [`${one.location.at.repository} ${placeKey(place)}`] : [];
  };
  const entries = located.flatMap((one) =>
    RESOURCE_FIELDS.flatMap((field) => key(one, field).map((at) => ({ at, one }))),
  );
  const byKey = Map.groupBy(entries, ({ at }) => at);
  return (one, field) => key(one, field).flatMap((at) => byKey.get(at)?.map((entry) => entry.one) ?? []);
}

function writtenAt({ location }: Located, field: ResourceField): FieldPlace | undefined {
  return "at" in location ? placeOf(location.at, field) : undefined;
}

/** The same container may run in another namespace elsewhere. */
function nameOf({ workload, container }: Located): string {
  return `${workload.kind}/${workload.name} ${container.name}`;
}

/** Those in the last environment before that has any: of the same namespace where there are such. */
function nearestBefore(
  stage: number,
  { workload }: Located,
  others: readonly Located[],
  stageOf: (one: Located) => number,
): readonly [number | undefined, readonly Located[]] {
  for (let earlier = stage - 1; earlier >= 0; earlier -= 1) {
    const there = others.filter((one) => stageOf(one) === earlier);
    const same = there.filter((one) => one.workload.namespace === workload.namespace);
    if (there.length > 0) return [earlier, same.length > 0 ? same : there];
  }
  return [undefined, []];
}

function feedsSeveral(names: readonly string[], place: FieldPlace | undefined): Reason | undefined {
  if (names.length < 2) return undefined;
  return {
    code: "feeds-environments",
    message: `this line counts for ${names.join(" and ")} at once, so that none of them can come first; set the number in the layer of each`,
    ...(place ? { file: place.file, line: place.line } : {}),
  };
}
