import type { Reason } from "../domain/reason.ts";
import { type WorkloadId, workloadKey } from "../domain/workload.ts";
import { anyPlace, type Scan, type ScannedContainer } from "./scan.ts";

/** Where the numbers of one container of a cluster are written. */
export type Location =
  | { readonly status: "proven" | "probable"; readonly at: ScannedContainer; readonly reason?: Reason }
  | { readonly status: "ambiguous" | "unmapped" | "refused"; readonly reason: Reason };

/** Answers for many workloads from one index of all scans. */
export class Locator {
  readonly #declared = new Map<string, ScannedContainer[]>();
  readonly #refused: readonly Reason[];

  constructor(scans: readonly Scan[]) {
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
  locate(workload: WorkloadId, container: string): Location {
    const named = this.#declared.get(nameKey(workload.kind, workload.name, container)) ?? [];
    const exact = named.filter(({ namespace }) => namespace === workload.namespace);
    const hits = exact.length > 0 ? exact : named.filter(({ namespace }) => namespace === undefined);
    const [hit] = hits;
    if (!hit) return this.#unmapped(workload, container, named);
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
