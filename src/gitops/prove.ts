import type { Reason } from "../domain/reason.ts";
import {
  amountOf,
  changedFields,
  type ResourceField,
  type Resources,
  splitField,
} from "../domain/resources.ts";
import { formatKeyPath, type KeyPath, valueAt } from "../manifests/key-path.ts";
import { differencesByChance, renderingDifferences } from "./chance.ts";
import type { ContainerChange, FileChange } from "./tree-change.ts";
import type { SettledChange } from "./plan-edits.ts";
import { expand, type Expanded, stillKnown } from "./expand.ts";
import type { LayerKind } from "./scan.ts";
import { declares, identityOf } from "./render-recipe.ts";
import type { RepositoryScan } from "./scan-repository.ts";
import { containerKey, type RenderedContainer, renderedContainers } from "./trace/containers.ts";

export interface Verdict {
  /** Changes whose recipes render to something else than intended, and what. */
  readonly refused: ReadonlyMap<ContainerChange, Reason>;
  readonly renders: number;
}

/**
 * Renders again what the edited files feed, and compares as objects: in each recipe exactly the numbers that
 * were asked for may differ, by exactly the amounts asked for. Checksums of configuration in annotations of
 * pod templates follow what they are checksums of.
 */
export async function proveChanges(
  scan: RepositoryScan,
  files: readonly FileChange[],
  changes: readonly SettledChange[],
): Promise<Verdict> {
  const edited = new Set(files.map(({ path }) => path));
  const before = new Map(scan.expanded.map((one) => [one.recipe.id, one]));
  const { expanded, renders } = await expand(
    scan.sources.with(new Map(files.map(({ path, after }) => [path, after]))),
    {
      ...scan.options,
      known: ({ id }) => stillKnown(before.get(id), edited),
    },
  );
  const faultsIn = (some: readonly Expanded[], byChance: ReadonlyMap<string, ReadonlySet<string>>): Fault[] =>
    some.flatMap((after): Fault[] => {
      const { recipe } = after;
      const mine = changes.filter(({ change }) => change.at.recipe.id === recipe.id);
      const old = before.get(recipe.id);
      const wrong = old
        ? unintended(scan, old, after, { mine, all: changes, byChance: byChance.get(recipe.id) })
        : { code: "proof-failed", message: "a recipe would appear that was not there" };
      return wrong ? [{ after, mine, wrong }] : [];
    });
  const suspects = faultsIn(expanded, new Map()).map(({ after }) => after);
  const chance =
    suspects.length > 0
      ? await differencesByChance(scan, new Set(suspects.map(({ recipe }) => recipe.id)))
      : undefined;
  const refused = new Map<ContainerChange, Reason>();
  for (const { after, mine, wrong } of chance ? faultsIn(suspects, chance.places) : []) {
    const { recipe } = after;
    // A side effect in a recipe that nobody asked to change is the fault of whoever's file it reads.
    const guilty = mine.length > 0 ? mine : changes.filter(({ change }) => feeds(change.at, recipe.id));
    for (const { change } of guilty.length > 0 ? guilty : changes) refused.set(change, wrong);
  }
  const vanished = [...before.keys()].filter((id) => !expanded.some(({ recipe }) => recipe.id === id));
  if (vanished.length > 0)
    for (const { change } of changes)
      refused.set(change, { code: "proof-failed", message: `the recipe ${vanished[0]} would vanish` });
  return { refused, renders: renders + (chance?.renders ?? 0) };
}

interface Fault {
  readonly after: Expanded;
  /** The changes of the recipe itself. */
  readonly mine: readonly SettledChange[];
  readonly wrong: Reason;
}

function unintended(
  scan: RepositoryScan,
  before: Expanded,
  after: Expanded,
  {
    mine: changes,
    all,
    byChance,
  }: {
    readonly mine: readonly SettledChange[];
    readonly all: readonly SettledChange[];
    /** Places that differ between two renderings of the same files, where that was tried. */
    readonly byChance: ReadonlySet<string> | undefined;
  },
): Reason | undefined {
  if (before.outcome === after.outcome) return undefined;
  if ("refused" in after.outcome)
    return "refused" in before.outcome
      ? undefined
      : {
          ...after.outcome.refused,
          message: `after the edit the recipe would not render: ${after.outcome.refused.message}`,
        };
  if ("refused" in before.outcome) return failed("a recipe would render that did not before");
  const expected = intendedPaths(scan, changes);
  for (const { path, place } of renderingDifferences(before.outcome, after.outcome)) {
    const wanted = expected.delete(JSON.stringify(path));
    if (!wanted && !isChecksum(path) && !carries(path[0], all) && !byChance?.has(place))
      return failed(`${formatKeyPath(path.slice(1))} of ${describeIdentity(path[0])} would change too`);
  }
  const [missed] = [...expected.values()];
  if (missed !== undefined) return failed(`${missed} would not change`);
  return wrongAmount(after, changes);
}

/** Paths that shall differ, below the identity of their object. */
function intendedPaths(scan: RepositoryScan, changes: readonly SettledChange[]): Map<string, string> {
  const paths = new Map<string, string>();
  for (const {
    change: { at },
    wanted,
  } of changes) {
    const rendered = scan.rendered.get(at);
    if (!rendered) continue;
    for (const resource of changedFields(at.current, wanted)) {
      const path: KeyPath = [
        identityOf(rendered.object.value),
        ...rendered.container.path,
        "resources",
        ...splitField(resource),
      ];
      paths.set(JSON.stringify(path), `${resource} of ${at.workload} ${at.container}`);
    }
  }
  return paths;
}

function wrongAmount(after: Expanded, changes: readonly SettledChange[]): Reason | undefined {
  const now = new Map(renderedContainers(after).map((found) => [containerKey(found), found]));
  for (const {
    change: { at },
    wanted,
  } of changes) {
    const found = [...now.values()].find(
      ({ workload, container }) =>
        workload.kind === at.kind &&
        workload.name === at.workload &&
        workload.namespace === at.namespace &&
        container.name === at.container &&
        container.role === at.role,
    );
    const wrong = found && changedFields(wanted, found.container.resources)[0];
    const left = found && changedFields(at.current, wanted).find((field) => isLeft(found, field, wanted));
    if (left)
      return failed(
        `${left} of ${at.workload} ${at.container} would not go, but be written without an amount`,
      );
    if (!found || wrong)
      return failed(
        `${wrong ?? "a number"} of ${at.workload} ${at.container} would not become what was asked for`,
      );
  }
  return undefined;
}

/** Whether a number that shall go is still rendered: a null, which the API server takes for 0, or an empty text. */
function isLeft({ object, container }: RenderedContainer, field: ResourceField, wanted: Resources): boolean {
  const rendered = valueAt(object.value, [...container.path, "resources", ...splitField(field)]);
  return amountOf(wanted, field) === undefined && rendered !== undefined;
}

/**
 * Objects that declare recipes hold the values of those, and are proven by what these render. So do ConfigMaps
 * and Secrets for a HelmRelease, but only where values are what is edited.
 */
function carries(identity: string | number | undefined, changes: readonly SettledChange[]): boolean {
  const parts: unknown = JSON.parse(String(identity));
  if (!Array.isArray(parts)) return false;
  const [group, kind]: unknown[] = parts;
  if (group === "") {
    const values = changes.some(
      ({ change: { at } }) =>
        at.recipe.kind === "flux" &&
        Object.values(at.fields).some((field) => field.status !== "refused" && VALUES.has(field.place.layer)),
    );
    return (kind === "ConfigMap" || kind === "Secret") && values;
  }
  return declares({ apiVersion: `${String(group)}/v1`, kind });
}

const VALUES: ReadonlySet<LayerKind> = new Set(["values", "inline-values", "parameter"]);

function isChecksum(path: KeyPath): boolean {
  return path.at(-2) === "annotations" && String(path.at(-1)).startsWith("checksum/");
}

function feeds(at: ContainerChange["at"], recipe: string): boolean {
  return Object.values(at.fields).some(
    (field) => field.status !== "refused" && field.place.feeds.some((ref) => ref.recipe === recipe),
  );
}

function describeIdentity(identity: string | number | undefined): string {
  const parts: unknown = JSON.parse(String(identity));
  return Array.isArray(parts) ? `${String(parts[1])} ${String(parts[3])}` : "an object";
}

function failed(message: string): Reason {
  return { code: "proof-failed", message };
}
