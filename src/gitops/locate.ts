import type { Reason } from "../domain/reason.ts";
import { type Container, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { asScanned, mayFeed } from "./probable.ts";
import { anyPlace, type ScannedContainer } from "./scan.ts";
import type { RepositoryScan } from "./scan-repository.ts";

/** Where the numbers of one container of a cluster are written. */
export type Location =
  | { readonly status: "proven" | "probable"; readonly at: ScannedContainer; readonly reason?: Reason }
  | { readonly status: "ambiguous" | "unmapped" | "refused"; readonly reason: Reason };

/** Answers for many workloads from one index of all scans. */
export class Locator {
  readonly #declared = new Map<string, ScannedContainer[]>();
  readonly #refused: readonly Reason[];
  readonly #scans: readonly RepositoryScan[];

  constructor(scans: readonly RepositoryScan[]) {
    this.#scans = scans;
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
   * Matches by group, kind, namespace and name: exactly one hit is proven. A manifest that names no namespace
   * is at most probable, and only counts where none names the right one.
   */
  locate(workload: WorkloadId, live: Container): Location {
    const container = live.name;
    const named = this.#declared.get(nameKey(workload.kind, workload.name, container)) ?? [];
    const exact = named.filter(({ namespace }) => namespace === workload.namespace);
    const hits = exact.length > 0 ? exact : named.filter(({ namespace }) => namespace === undefined);
    const [hit] = hits;
    if (!hit) return this.#byValues(workload, live) ?? this.#unmapped(workload, container, named);
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
  #byValues(workload: WorkloadId, live: Container): Location | undefined {
    const [found, ...others] = this.#scans.flatMap((scan) =>
      scan.probable
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
