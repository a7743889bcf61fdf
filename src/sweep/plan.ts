import { baseUnits, type Quantity } from "../domain/quantity.ts";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import type { Reason } from "../domain/reason.ts";
import {
  amountOf,
  changedFields,
  type ResourceField,
  type ResourceName,
  type Resources,
  splitField,
  withAmount,
  withoutAmount,
} from "../domain/resources.ts";
import { changeRepository } from "../gitops/change.ts";
import type { ChangeResult, ContainerChange } from "../gitops/tree-change.ts";
import type { ScannedContainer } from "../gitops/scan.ts";
import type { RenderStore } from "../gitops/render-store.ts";
import type { Renderer } from "../gitops/render/renderer.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import type { Method, PlannedContainer, SourceEvidence, UsageSummary } from "../proposals/evidence.ts";
import { CODEOWNERS_FILES, LARGEST_CODEOWNERS, parseCodeowners } from "../proposals/codeowners.ts";
import { type Group, groupsOf, type GroupTerms } from "../proposals/groups.ts";
import { type Proposal, propose } from "../proposals/proposal.ts";
import type { AdvisedContainer } from "./advise-cluster.ts";
import { compareSynced } from "./locate/compare-synced.ts";
import { type Located, locateContainers } from "./locate/locate-containers.ts";
import { type MissingRepository, missingRepositories } from "./locate/missing-repositories.ts";
import { heldByOthers } from "./shared-lines.ts";
import { type DeliveriesOf, locators, type RepositorySource, scanSource } from "./locate/source.ts";

export type MinimumCertainty = "proven" | "probable";

export interface PlanOptions {
  readonly minimumCertainty: MinimumCertainty;
  readonly method: Method;
  /** Where a repository does not say it itself. */
  readonly groupBy?: Grouping;
  /** Which changes wait for others; none by custom. */
  readonly holdsOf?: (located: readonly Located[]) => ReadonlyMap<Located, Reason>;
  readonly renderer: Renderer;
  readonly kept?: RenderStore | undefined;
  /** What GitOps tools of the clusters say, where anything is known of them. */
  readonly deliveriesOf?: DeliveriesOf | undefined;
}

export interface Plan {
  readonly containers: readonly PlannedContainer[];
  readonly proposals: readonly Proposal[];
  /** From where workloads are delivered, too, and what would be gained there. */
  readonly missingRepositories: readonly MissingRepository[];
  /** Why some sources of workloads could not be rendered. */
  readonly unrendered: readonly Reason[];
  /** How often something was rendered. */
  readonly renders: number;
}

/** locate → edit → prove → propose, for all clusters and repositories at once. */
export async function planChanges(
  advised: readonly AdvisedContainer[],
  repositories: readonly RepositorySource[],
  {
    minimumCertainty,
    method,
    groupBy = USUAL_GROUPING,
    holdsOf,
    renderer,
    kept,
    deliveriesOf = () => undefined,
  }: PlanOptions,
  progress: (step: string) => void,
): Promise<Plan> {
  let renders = 0;
  const scans = new Map<RepositorySource, RepositoryScan>();
  for (const repository of repositories) {
    const scan = repository.scan ?? (await scanSource(repository, { renderer, kept }, progress));
    scans.set(repository, scan);
    renders += scan.renders;
  }
  const found = locateContainers(advised, locators(scans, deliveriesOf));
  const { compared, renders: rendersOfSynced } = await compareSynced(found, scans);
  renders += rendersOfSynced;
  const holds = holdsOf?.(compared);
  const located = heldByOthers(compared.map((one) => heldFor(one, holds?.get(one))));
  const planned = new Map<Located, SourceEvidence>();
  const proposals: Proposal[] = [];
  for (const [repository, scan] of scans) {
    progress(`${repository.name}: proving edits`);
    const mine = located.filter(
      ({ location }) => "at" in location && location.at.repository === scan.repository,
    );
    const wanted = wantedChanges(mine, repository.own?.policy.minimumCertainty ?? minimumCertainty);
    const { files, results, renders: proving } = await changeRepository(scan, [...wanted.values()]);
    renders += proving;
    const resultOf = new Map(results.map((result) => [result.change.at, result]));
    for (const one of mine) planned.set(one, evidence(one, resultOf));
    const containers = mine.map((one) => plannedContainer(one, planned.get(one)));
    const groups = groupsOf(containers, await groupTerms(repository, groupBy));
    for (const group of groups) {
      // Where others edit the same file, only the group's own edits are proven and proposed.
      const shares = groups.some((other) => other !== group && !other.touched.isDisjointFrom(group.touched));
      const alone = shares ? await changeRepository(scan, changesOf(group, wanted)) : undefined;
      renders += alone?.renders ?? 0;
      const proposal = propose(repository.name, group, alone?.files ?? files, method);
      if (proposal) proposals.push(proposal);
    }
  }
  const containers = located.map((one) => plannedContainer(one, planned.get(one)));
  return {
    containers,
    proposals,
    missingRepositories: missingRepositories(located),
    renders,
    unrendered: [...scans.values()].flatMap(({ recipes }) =>
      recipes.flatMap(({ refused }) => (refused ? [refused] : [])),
    ),
  };
}

/** What tells the containers of a repository apart; who owns its files is read where that counts. */
async function groupTerms(
  { tree, own, splits = [] }: RepositorySource,
  groupBy: Grouping,
): Promise<GroupTerms> {
  const by = own?.groupBy ?? groupBy;
  if (by !== "team") return { by, splits };
  const files = new Set(await tree.files());
  const file = CODEOWNERS_FILES.find((one) => files.has(one));
  const bytes = file === undefined ? new Uint8Array() : await tree.read(file);
  const text = bytes.length > LARGEST_CODEOWNERS ? "" : new TextDecoder().decode(bytes);
  return { by, splits, ownersOf: parseCodeowners(text) };
}

function changesOf(
  { members }: Group,
  wanted: ReadonlyMap<ScannedContainer, ContainerChange>,
): ContainerChange[] {
  const places = new Set(members.map(({ source }) => source.at));
  return [...wanted.values()].filter(({ at }) => places.has(at));
}

/** What waits is left as it is, and says why. */
function heldFor(one: Located, reason: Reason | undefined): Located {
  const { recommended, held } = one.advice;
  if (!reason || !recommended) return one;
  const waiting = new Set(
    changedFields(one.container.resources, recommended).map((field) => splitField(field)[1]),
  );
  const all = [...held, ...[...waiting].map((resource) => ({ resource, ...reason }))];
  return { ...one, advice: { ...one.advice, recommended: null, held: all, because: [], guarded: [] } };
}

/** What each place in the files shall say: a value that fits every container it feeds. */
function wantedChanges(
  located: readonly Located[],
  minimumCertainty: MinimumCertainty,
): Map<ScannedContainer, ContainerChange> {
  const changes = new Map<ScannedContainer, ContainerChange>();
  const byPlace = Map.groupBy(located, ({ location }) => ("at" in location ? location.at : undefined));
  for (const [at, feeding] of byPlace) {
    if (
      !at ||
      feeding.some(({ location }) => location.status === "probable" && minimumCertainty === "proven")
    )
      continue;
    const fields = new Set(
      feeding.flatMap(({ container, advice }) =>
        advice.recommended ? changedFields(container.resources, advice.recommended) : [],
      ),
    );
    let wanted: Resources = at.current;
    for (const field of fields) wanted = withLargest(wanted, field, feeding);
    if (changedFields(at.current, wanted).length > 0) changes.set(at, { at, wanted });
  }
  return changes;
}

/** A container for which nothing is recommended needs what it has. */
function withLargest(resources: Resources, field: ResourceField, feeding: readonly Located[]): Resources {
  const needs = feeding.map(({ container, advice }) =>
    amountOf(advice.recommended ?? container.resources, field),
  );
  const [largest] = needs.filter((need) => need !== undefined).sort((a, b) => baseUnits(b) - baseUnits(a));
  return largest === undefined ? withoutAmount(resources, field) : withAmount(resources, field, largest);
}

function evidence(
  { location }: Located,
  results: ReadonlyMap<ScannedContainer, ChangeResult>,
): SourceEvidence {
  if (!("at" in location)) return location;
  const { at, live } = location;
  const result = results.get(at);
  if (result?.status === "refused")
    return { status: "refused", reason: result.reason, at, ...(live ? { live } : {}) };
  return result?.status === "proven" ? { ...location, proof: result.proof, files: result.files } : location;
}

function plannedContainer(one: Located, source: SourceEvidence | undefined): PlannedContainer {
  const { cluster, workload, container, advice } = one;
  const { won: name, ...policy } = one.policy;
  const summary = (resource: ResourceName): UsageSummary | undefined => {
    const measured = one.usage[resource];
    if (measured === undefined) return undefined;
    const { above, ...numbers } = measured;
    const over = (quantity: Quantity | undefined): number | undefined =>
      above.find(({ amount }) => quantity !== undefined && amount === baseUnits(quantity))?.share;
    const now = container.resources.requests[resource];
    // Another container that the same line feeds may need more than this one.
    const written = source?.proof?.changed.find((field) => field.resource === `requests.${resource}`)?.after;
    const proposed = written ?? advice.recommended?.requests[resource] ?? now;
    return { ...numbers, over: { now: over(now), proposed: over(proposed) } };
  };
  return {
    cluster,
    workload: { namespace: workload.namespace, kind: workload.kind, name: workload.name },
    replicas: workload.replicas,
    ...(workload.disruptionBudgets ? { disruptionBudgets: workload.disruptionBudgets } : {}),
    container: container.name,
    role: container.role,
    current: container.resources,
    ...advice,
    policy: { name, ...policy },
    usage: { cpu: summary("cpu"), memory: summary("memory") },
    source: source ?? one.location,
  };
}
