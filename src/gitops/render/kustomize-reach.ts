import { stat } from "node:fs/promises";
import path from "node:path";
import type { Reason } from "../../domain/reason.ts";
import { insideRoots, type Roots, shownPath, wayOut } from "./inside.ts";
import {
  isAddress,
  type Kustomization,
  looksLikeAddress,
  namedFiles,
  readKustomization,
} from "./kustomization.ts";
import { shownName, withoutUser } from "./message.ts";

/** What a kustomization pulls in, found before anything is run. */
export interface KustomizeReach {
  /** Something is read from elsewhere: git, or an address. */
  readonly remote: boolean;
  /** Some kustomization inflates charts, so that helm is needed. */
  readonly charts: boolean;
  /** Some kustomization names generators, transformers or validators, which may read files on their own. */
  readonly plugins: boolean;
}

interface Walls {
  readonly roots: Roots;
  readonly network: boolean;
}

const MOST_KUSTOMIZATIONS = 2000;

/**
 * Follows a kustomization through all folders that it builds on. Refused: what leads out of the roots, and
 * without `network` what is remote or a chart that is not there.
 */
export async function kustomizeReach(
  folder: string,
  walls: Walls,
): Promise<KustomizeReach | { refused: Reason }> {
  const reach = { remote: false, charts: false, plugins: false };
  const seen = new Set<string>();
  const queue = [folder];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const inside = await insideRoots(next, walls.roots);
    if ("refused" in inside) return inside;
    if (seen.has(inside.real)) continue;
    seen.add(inside.real);
    const shown = await shownPath(inside.real, walls.roots);
    if (seen.size > MOST_KUSTOMIZATIONS)
      return refused("too-many-files", `${shown} builds on too many kustomizations`);
    const read = await readKustomization(inside.real, walls.roots);
    if ("refused" in read) return read;
    if (read.kustomization === undefined) continue;
    for (const name of namedFiles(read.kustomization)) {
      const found = await follow(name, inside.real, walls.roots);
      if (found === "remote") {
        if (!walls.network)
          return refused("remote-base", `${shown} reads ${shownName(withoutUser(name))} from elsewhere`);
        reach.remote = true;
      } else if (found !== "missing" && "refused" in found) return found;
      else if (found !== "missing" && found.isFolder) queue.push(found.at);
    }
    const charts = await checkCharts(read.kustomization, inside.real, walls);
    if (charts) return { refused: charts };
    const { helmCharts, generators, transformers, validators } = read.kustomization;
    reach.charts ||= (helmCharts ?? []).length > 0;
    reach.plugins ||= [generators, transformers, validators].some((list) => (list ?? []).length > 0);
  }
  return reach;
}

async function follow(
  name: string,
  folder: string,
  roots: Roots,
): Promise<{ at: string; isFolder: boolean } | "remote" | "missing" | { refused: Reason }> {
  if (isAddress(name)) return "remote";
  const at = path.resolve(folder, name);
  const found = await stat(at).catch(() => undefined);
  if (found === undefined) return looksLikeAddress(name) ? "remote" : "missing";
  const inside = await insideRoots(at, roots);
  return "refused" in inside ? inside : { at, isFolder: found.isDirectory() };
}

async function checkCharts(
  { helmCharts, helmGlobals, helmChartInflationGenerator }: Kustomization,
  folder: string,
  { roots, network }: Walls,
): Promise<Reason | undefined> {
  const kustomization = await shownPath(folder, roots);
  if (helmChartInflationGenerator && helmChartInflationGenerator.length > 0)
    return {
      code: "plugin-or-exec-function",
      message: `${kustomization} uses helmChartInflationGenerator, which is not supported; kustomize replaced it by helmCharts`,
    };
  const home = path.resolve(folder, helmGlobals?.chartHome ?? "charts");
  for (const { name, repo, version } of helmCharts ?? []) {
    const pinned = typeof repo === "string" && typeof version === "string";
    const at = pinned ? path.join(home, `${name}-${version}`, name) : path.join(home, name);
    const inflates = `${kustomization} inflates the chart ${shownName(name)}`;
    if (path.relative(home, at).startsWith(".."))
      return { code: "outside-tree", message: `${inflates}, which is no name of a chart` };
    if (await stat(at).catch(() => undefined)) {
      const out = await wayOut(at, roots);
      if (out) return out;
    } else if (!network) {
      const from = typeof repo === "string" ? ` of ${shownName(withoutUser(repo))}` : "";
      return { code: "needs-network", message: `${inflates}${from}, which is not in its folder of charts` };
    } else if (!pinned) {
      return { code: "version-range", message: `${inflates} without a repository and an exact version` };
    }
  }
  return undefined;
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
