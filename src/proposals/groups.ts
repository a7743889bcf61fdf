import path from "node:path/posix";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import { workloadKey } from "../domain/workload.ts";
import type { Recipe } from "../gitops/recipe.ts";
import { anyPlace, placeOf } from "../gitops/scan.ts";
import { branchOf, type GroupName } from "./branch.ts";
import type { OwnersOf } from "./codeowners.ts";
import type { PlannedContainer } from "./evidence.ts";

/** Containers that one pull request is for. */
export interface Group extends GroupName {
  readonly branch: string;
  readonly members: readonly PlannedContainer[];
  /** The files that are edited for them. */
  readonly touched: ReadonlySet<string>;
  /** Only these workloads of it, `Kind/namespace/name`, since it was split. */
  readonly only?: readonly string[];
}

/** A pull request that stands for some workloads of a group only, since it was split. */
export interface Split {
  readonly branch: string;
  readonly only: readonly string[];
}

export interface GroupTerms {
  readonly by: Grouping;
  /** For teams. */
  readonly ownersOf?: OwnersOf;
  readonly splits?: readonly Split[];
}

/**
 * Containers by what shall have a pull request of its own, in the order of their names. What changes the same file
 * goes together, under the name that comes first, since one pull request would be in the other's way; workloads
 * that shall be alone go together only where they change the same line.
 */
export function groupsOf(
  containers: readonly PlannedContainer[],
  { by = USUAL_GROUPING, ownersOf = () => [], splits = [] }: Partial<GroupTerms> = {},
): Group[] {
  const byName = Map.groupBy(containers, (one) => nameFor(one, by, ownersOf));
  const touches = by === "workload" ? linesOf : filesOf;
  return together(byName, touches).flatMap(({ name, members }) => {
    const group = {
      by,
      name,
      branch: branchOf({ by, name }),
      members,
      touched: new Set(members.flatMap(filesOf)),
    };
    return apart(group, splits) ?? [group];
  });
}

/** The workloads of a group, each alone, where any of them was split off before. */
function apart(group: Group, splits: readonly Split[]): Group[] | undefined {
  const { by, name, branch, members } = group;
  const proven = members.filter(({ source }) => source.proof !== undefined);
  const byWorkload = Map.groupBy(proven, ({ workload }) => workloadKey(workload));
  const isSplit = splits.some(
    (split) => split.branch === branch || split.only.some((key) => byWorkload.has(key)),
  );
  if (!isSplit || byWorkload.size === 0) return undefined;
  return together(byWorkload, linesOf).map(({ name: key, members: own }) => ({
    ...group,
    members: own,
    touched: new Set(own.flatMap(filesOf)),
    branch: splits.find(({ only }) => only.includes(key))?.branch ?? branchOf({ by, name: `${name}/${key}` }),
    only: [...new Set(own.map(({ workload }) => workloadKey(workload)))],
  }));
}

interface Part {
  name: string;
  members: PlannedContainer[];
  touched: Set<string>;
}

/** In the order of their names; parts that touch the same are one, under the first name. */
function together(
  byName: ReadonlyMap<string, readonly PlannedContainer[]>,
  touches: (container: PlannedContainer) => readonly string[],
): Part[] {
  const parts: Part[] = [];
  for (const [name, members] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const touched = new Set(members.flatMap(touches));
    const sharing = parts.filter((other) => !other.touched.isDisjointFrom(touched));
    const [home = { name, members: [], touched: new Set<string>() }, ...rest] = sharing;
    if (sharing.length === 0) parts.push(home);
    for (const other of [{ members, touched }, ...rest]) {
      home.members.push(...other.members);
      for (const one of other.touched) home.touched.add(one);
    }
    for (const merged of rest) parts.splice(parts.indexOf(merged), 1);
  }
  return parts;
}

function filesOf({ source }: PlannedContainer): readonly string[] {
  return source.files ?? [];
}

function linesOf({ source: { at, proof } }: PlannedContainer): string[] {
  const places = (proof?.changed ?? []).map(({ resource }) => at && placeOf(at, resource));
  return places.flatMap((place) => (place ? [JSON.stringify([place.file, place.line])] : []));
}

function nameFor(container: PlannedContainer, by: Grouping, ownersOf: OwnersOf): string {
  const { cluster, workload, source } = container;
  switch (by) {
    case "application":
      return source.at ? applicationOf(source.at.recipe) : "";
    case "namespace":
      return workload.namespace;
    case "cluster":
      return cluster;
    case "repository":
      return "";
    case "workload":
      return workloadKey(workload);
    case "team": {
      const written = source.at && anyPlace(source.at)?.file;
      const files =
        filesOf(container).length > 0 ? filesOf(container) : written === undefined ? [] : [written];
      return [...new Set(files.flatMap(ownersOf))].sort().join(" ");
    }
  }
}

/** The folder of a source; of an Application or a HelmRelease, of which a file may hold many, its name counts too. */
export function applicationOf({ path: at, name }: Recipe): string {
  return name === undefined ? at : path.join(path.dirname(at), name);
}
