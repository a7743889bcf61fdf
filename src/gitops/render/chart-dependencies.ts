import { cp, mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Reason } from "../../domain/reason.ts";
import { readDescription, type Roots, shownPath, wayOut } from "./inside.ts";
import { shownName, withoutUser } from "./message.ts";
import { parseYaml } from "./rendered.ts";

/** A chart in a repository of charts, by its exact version. */
export type ChartSource =
  | { readonly repoUrl: string; readonly name: string; readonly version: string }
  /** `oci://registry/path/name`. */
  | { readonly oci: string; readonly version: string };

/** Fetches a chart, and gives the absolute path of its archive. */
export type PullChart = (source: ChartSource) => Promise<{ path: string } | { refused: Reason }>;

const dependencySchema = z.object({
  name: z.string(),
  version: z.string().default(""),
  repository: z.string().default(""),
});
const dependenciesSchema = z.object({ dependencies: z.array(dependencySchema).nullish() });
const nameSchema = z.object({ name: z.string() });

type Dependency = z.infer<typeof dependencySchema>;

/** Charts that depend on each other without end, or fan out, stop here. */
const MOST_CHARTS = 200;
const DEEPEST = 12;

const EXACT_VERSION = /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

/**
 * A chart with every dependency in its `charts/`, as helm needs it. Where none is missing that is the chart
 * itself; else a copy in `scratch`, to which charts of the same tree (`file://`) are copied, also those of its
 * subcharts, and others are pulled: without `pull` they are refused as `needs-network`, with their names.
 */
export async function assembleChart(
  chart: string,
  { roots, scratch, pull }: { roots: Roots; scratch: string; pull?: PullChart | undefined },
): Promise<{ chart: string } | { refused: Reason }> {
  if (!(await isFolder(chart)) || (await isComplete(chart, DEEPEST))) return { chart };
  const assembly = new Assembly(roots, pull);
  const copy = path.join(scratch, "chart", path.basename(chart));
  const reason = await assembly.copy(chart, copy, 0);
  if (reason) return { refused: reason };
  return { chart: copy };
}

class Assembly {
  readonly #roots: Roots;
  readonly #pull: PullChart | undefined;
  #charts = 0;

  constructor(roots: Roots, pull: PullChart | undefined) {
    this.#roots = roots;
    this.#pull = pull;
  }

  async copy(from: string, to: string, depth: number): Promise<Reason | undefined> {
    const out = await wayOut(from, this.#roots);
    if (out) return out;
    await cp(from, to, { recursive: true, dereference: true });
    return await this.#complete(from, to, depth);
  }

  /** `from` is where relative paths count from; `to` holds its copy. */
  async #complete(from: string, to: string, depth: number): Promise<Reason | undefined> {
    this.#charts += 1;
    if (depth > DEEPEST || this.#charts > MOST_CHARTS)
      return {
        code: "dependency-loop",
        message: `the dependencies of ${await this.#shown(from)} have no end`,
      };
    for (const subchart of await subchartFolders(from)) {
      const reason = await this.#complete(
        subchart,
        path.join(to, "charts", path.basename(subchart)),
        depth + 1,
      );
      if (reason) return reason;
    }
    const missing = await missingDependencies(from);
    await mkdir(path.join(to, "charts"), { recursive: true });
    const remote: Dependency[] = [];
    for (const dependency of missing) {
      if (!/^[\w.-]*\w[\w.-]*$/.test(dependency.name))
        return { code: "bad-dependency", message: `a dependency has the name ${shownName(dependency.name)}` };
      if (!dependency.repository.startsWith("file://")) {
        remote.push(dependency);
        continue;
      }
      const source = path.resolve(from, dependency.repository.slice("file://".length));
      const reason = await this.copy(source, path.join(to, "charts", dependency.name), depth + 1);
      if (reason) return reason;
    }
    return remote.length === 0 ? undefined : await this.#pullAll(remote, from, to);
  }

  async #pullAll(remote: readonly Dependency[], from: string, to: string): Promise<Reason | undefined> {
    const shown = await this.#shown(from);
    if (!this.#pull) {
      const names = remote.map(({ name, version, repository }) =>
        shownName(`${name} ${version}${repository === "" ? "" : ` of ${withoutUser(repository)}`}`),
      );
      return {
        code: "needs-network",
        message: `${shown} needs charts that are not in its charts/: ${names.join(", ")}`,
      };
    }
    const locked = await readDependencies(path.join(from, "Chart.lock"));
    for (const { name, version: asked, repository } of remote) {
      const version =
        locked.find((lock) => lock.name === name && lock.repository === repository)?.version ?? asked;
      if (!EXACT_VERSION.test(version))
        return {
          code: "version-range",
          message: `${shown} asks for ${shownName(name)} ${shownName(version)}, and no Chart.lock says which version that is`,
        };
      const pulled = await this.#pull(
        repository.startsWith("oci://")
          ? { oci: `${repository.replace(/\/$/, "")}/${name}`, version }
          : { repoUrl: repository, name, version },
      );
      if ("refused" in pulled) return pulled.refused;
      await cp(pulled.path, path.join(to, "charts", `${name}-${version}.tgz`));
    }
    return undefined;
  }

  async #shown(file: string): Promise<string> {
    return await shownPath(file, this.#roots);
  }
}

async function isComplete(chart: string, levels: number): Promise<boolean> {
  if (levels === 0) return false;
  if ((await missingDependencies(chart)).length > 0) return false;
  for (const subchart of await subchartFolders(chart))
    if (!(await isComplete(subchart, levels - 1))) return false;
  return true;
}

/** One of each name: aliases of one chart share it. */
async function missingDependencies(chart: string): Promise<Dependency[]> {
  const declared = [
    ...(await readDependencies(path.join(chart, "Chart.yaml"))),
    ...(await readDependencies(path.join(chart, "requirements.yaml"))),
  ];
  if (declared.length === 0) return [];
  const archives = (await entriesOf(path.join(chart, "charts"))).filter((name) => name.endsWith(".tgz"));
  const folders = await Promise.all((await subchartFolders(chart)).map(chartName));
  const present = (name: string): boolean =>
    folders.includes(name) ||
    archives.some((file) => /^-v?\d/.test(file.slice(name.length)) && file.startsWith(name));
  return [...new Map(declared.map((dependency) => [dependency.name, dependency])).values()].filter(
    ({ name }) => !present(name),
  );
}

async function subchartFolders(chart: string): Promise<string[]> {
  const folder = path.join(chart, "charts");
  const found: string[] = [];
  // Helm passes over names that begin so.
  for (const name of (await entriesOf(folder)).filter((name) => !/^[._]/.test(name)))
    if (await isFolder(path.join(folder, name))) found.push(path.join(folder, name));
  return found;
}

async function chartName(chart: string): Promise<string | undefined> {
  return nameSchema.safeParse(await readYaml(path.join(chart, "Chart.yaml"))).data?.name;
}

/** None where the file is missing or is not what it should be: helm says that better. */
async function readDependencies(file: string): Promise<Dependency[]> {
  return dependenciesSchema.safeParse(await readYaml(file)).data?.dependencies ?? [];
}

async function readYaml(file: string): Promise<unknown> {
  const text = await readDescription(file);
  if (text === undefined) return undefined;
  const parsed = parseYaml(text);
  return "refused" in parsed ? undefined : parsed.values[0];
}

async function entriesOf(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
}
