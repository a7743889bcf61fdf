import { deliveryKey, type Delivery } from "../domain/delivery.ts";
import type { Reason } from "../domain/reason.ts";
import { type Container, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { differingFields } from "./drift.ts";
import { broken, type ChainLink, type Doubt, held, unknown } from "./live/chain.ts";
import { recipeKey, type ScannedRepository } from "./live/delivered-recipes.ts";
import type { ClusterDeliveries } from "./live/delivery-index.ts";
import { type LiveSource, LiveSources } from "./live/live-source.ts";
import type { MarkedWorkload } from "./live/marks.ts";
import { mergeEffects } from "./live/merge-effects.ts";
import { type OtherField, otherFields, otherSpec } from "./live/other-spec.ts";
import { asScanned, mayFeed } from "./probable.ts";
import type { Recipe } from "./recipe.ts";
import { anyPlace, type ScannedContainer } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";

/** Where the numbers of one container of a cluster are written; `live` where GitOps tools of the cluster tell. */
export type Location = (
  | { readonly status: "proven" | "probable"; readonly at: ScannedContainer; readonly reason?: Reason }
  | { readonly status: "ambiguous" | "unmapped" | "refused"; readonly reason: Reason }
) & { readonly live?: LiveSource };

/** Answers for many workloads from one index of all scans. */
export class Locator {
  readonly #declared = new Map<string, ScannedContainer[]>();
  readonly #refused: readonly Reason[];
  readonly #scans: readonly RepositoryScan[];
  readonly #live: LiveSources | undefined;
  /** A recipe is that of one delivery. */
  readonly #others = new Map<Recipe, readonly OtherField[]>();

  /** `deliveries`: what GitOps tools say, where anything is known of them. */
  constructor(repositories: readonly ScannedRepository[], deliveries?: ClusterDeliveries) {
    const scans = repositories.map(({ scan }) => scan);
    this.#scans = scans;
    this.#live = deliveries && new LiveSources(deliveries, repositories);
    this.#refused = scans.flatMap((scan) =>
      scan.recipes.flatMap(({ refused }) => (refused ? [refused] : [])),
    );
    for (const declared of scans.flatMap((scan) => scan.containers)) {
      const key = nameKey(declared.kind, declared.workload, declared.container);
      const known = this.#declared.get(key);
      if (known) known.push(declared);
      else this.#declared.set(key, [declared]);
    }
  }

  /**
   * Among what the GitOps tools of the cluster say it is made of; where they don't speak of it, among everything
   * that the repositories declare.
   */
  locate(workload: MarkedWorkload, container: Container): Location {
    const live = this.#live?.of(workload);
    if (!live) return this.#declaredAs(workload, container);
    if (live.links.length === 0) return delivered(this.#declaredAs(workload, container));
    const { doubt, recipes } = live;
    if (doubt && doubt.status !== "probable") return { status: doubt.status, reason: doubt.reason, live };
    const found = this.#declaredAs(workload, container, live);
    const { declaringDoubt } = live;
    if ("at" in found && declaringDoubt && isInDeclaration(found.at)) {
      const { reason } = declaringDoubt;
      return { status: "refused", reason, live: withLink(live, broken("revision", reason.message)) };
    }
    const other = "at" in found && live.delivery ? this.#otherSpec(live.delivery, found.at) : undefined;
    if (other?.status === "refused") {
      const { reason } = other;
      return { status: "refused", reason, live: withLink(live, broken("recipe", reason.message)) };
    }
    if ("at" in found) {
      const { file, line } = place(found.at);
      const declared = held("line", `${file ?? found.at.recipe.path}:${line ?? 1} declares its container`);
      const differing = differingFields(found.at, container);
      const effects = live.delivery && [
        ...mergeEffects(live.delivery, workload, container, differing),
        ...(isInDeclaration(found.at) ? (live.declaringEffects ?? []) : []),
      ];
      const doubtful = other ? withLink(live, unknown("recipe", other.reason.message)) : live;
      const followed = withLink({ ...doubtful, ...(effects ? { effects } : {}) }, declared);
      const why = doubt ?? other;
      return why
        ? { at: found.at, status: "probable", reason: why.reason, live: followed }
        : { ...found, live: followed };
    }
    const [refused] = [...(recipes?.values() ?? [])].flatMap((recipe) => recipe.refused ?? []);
    const refusal = refused ? { status: "refused" as const, reason: refused } : found;
    return { ...refusal, live: withLink(live, broken(refused ? "recipe" : "line", refusal.reason.message)) };
  }

  #otherSpec(delivery: Delivery, at: ScannedContainer): Doubt | undefined {
    const others = this.#others.get(at.recipe) ?? otherFields(delivery, at.recipe);
    this.#others.set(at.recipe, others);
    return otherSpec(delivery, at, others);
  }

  /**
   * Matches by group, kind, namespace and name: exactly one hit is proven. A manifest that names no namespace
   * is at most probable, and only counts where none names the right one.
   */
  #declaredAs(
    workload: WorkloadId,
    live: Container,
    { recipes, delivery }: Partial<LiveSource> = {},
  ): Location {
    const container = live.name;
    const everywhere = this.#declared.get(nameKey(workload.kind, workload.name, container)) ?? [];
    const named = everywhere.filter(({ repository, recipe }) => isAmong(recipes, repository, recipe));
    const intoNamespace = delivery?.destination.namespace === workload.namespace;
    const isExact = ({ namespace }: ScannedContainer): boolean =>
      namespace === workload.namespace || (namespace === undefined && intoNamespace);
    const exact = named.filter(isExact);
    const hits = exact.length > 0 ? exact : named.filter(({ namespace }) => namespace === undefined);
    const [hit] = hits;
    if (!hit) {
      const byValues = this.#byValues(workload, live, recipes);
      if (byValues) return byValues;
      return delivery && everywhere.length > 0
        ? notFromThere(delivery, everywhere)
        : this.#unmapped(workload, container, named);
    }
    if (hits.length > 1)
      return {
        status: "ambiguous",
        reason: {
          code: "several-manifests",
          message: `${hits.length} manifests declare it: ${listPlaces(hits)}; narrow the paths of this cluster in the configuration`,
        },
      };
    if (exact.length === 0)
      return {
        status: "probable",
        at: hit,
        reason: {
          code: "no-namespace",
          message: `the manifest names no namespace; matched by kind and name`,
          ...place(hit),
        },
      };
    return { status: "proven", at: hit };
  }

  /** A release of a chart that is not here, whose values hold the same amounts in one place alone. */
  #byValues(workload: WorkloadId, live: Container, recipes: LiveSource["recipes"]): Location | undefined {
    const [found, ...others] = this.#scans.flatMap((scan) =>
      scan.probable
        .filter(({ recipe }) => isAmong(recipes, scan.repository, recipe))
        .filter((probable) => mayFeed(probable, workload, live))
        .map((probable) => asScanned(probable, scan.repository, workload, live)),
    );
    const [reason] = found ? Object.values(found.fields).flatMap((field) => field.reason ?? []) : [];
    return found && reason && others.length === 0 ? { status: "probable", at: found, reason } : undefined;
  }

  #unmapped(workload: WorkloadId, container: string, elsewhere: readonly ScannedContainer[]): Location {
    if (elsewhere.length > 0)
      return unmapped(
        "other-namespace",
        `no manifest declares it in namespace ${workload.namespace}; another namespace has it: ${listPlaces(elsewhere)}`,
      );
    const unreadable =
      this.#refused.length > 0 ? `; ${this.#refused.length} sources could not be rendered` : "";
    return unmapped(
      "no-manifest",
      `no manifest declares ${workloadKey(workload)} with a container "${container}"${unreadable}`,
    );
  }
}

/** What a GitOps tool makes, and no tool here keeps: it came another way, or from a tool that is not seen. */
function delivered(found: Location): Location {
  if (found.status !== "proven" || found.at.recipe.delivery === undefined) return found;
  const { kind, name } = found.at.recipe.delivery;
  const message = `${found.at.recipe.path} delivers it by ${kind} ${name}, but no GitOps tool that is seen keeps it in this cluster`;
  return { ...found, status: "probable", reason: { code: "not-delivered", message } };
}

function notFromThere(delivery: Delivery, elsewhere: readonly ScannedContainer[]): Location {
  const folders = delivery.sources.map(({ path, chart }) => chart ?? (path === "" ? "the root" : path));
  const message = `${deliveryKey(delivery)} makes it of ${folders.join(", ")}, which does not declare it as it lives; declared elsewhere: ${listPlaces(elsewhere)}`;
  return { status: "refused", reason: { code: "not-from-there", message } };
}

function withLink(live: LiveSource, link: ChainLink): LiveSource {
  return { ...live, links: [...live.links, link] };
}

/** Whether numbers are written in, or beside, the object that declares the delivery: its own parent brings them. */
function isInDeclaration({ recipe, fields }: ScannedContainer): boolean {
  if (recipe.kind === "flux" && recipe.delivery?.kind === "HelmRelease") return true;
  return Object.values(fields).some(
    (field) => field.status !== "refused" && field.place.file === recipe.path,
  );
}

function isAmong(recipes: LiveSource["recipes"], repository: string, recipe: Recipe): boolean {
  return recipes?.has(recipeKey(repository, recipe)) ?? true;
}

const PLACES_SHOWN = 3;

function listPlaces(places: readonly ScannedContainer[]): string {
  const shown = places.slice(0, PLACES_SHOWN).map((at) => {
    const { file, line } = place(at);
    return file === undefined ? at.recipe.id : `${file}:${line}`;
  });
  const more = places.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function place(at: ScannedContainer): { file?: string; line?: number } {
  const found = anyPlace(at);
  return found ? { file: found.file, line: found.line } : {};
}

function nameKey(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

function unmapped(code: string, message: string): Location {
  return { status: "unmapped", reason: { code, message } };
}
