import { parseAllDocuments } from "yaml";
import { fluxRecipes } from "../../../src/gitops/flux/recipes.ts";
import type { Declared } from "../../../src/gitops/recipe.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { isRecord } from "../../../src/manifests/key-path.ts";
import { treeOf } from "../files.ts";

/** The repository of all fixtures. */
export function isOwn(url: string): boolean {
  return /[:/]acme\/platform(?:\.git)?$/i.test(url);
}

/** Everything that files of a tree declare, but for templates of charts. */
export async function declaredIn(sources: Sources): Promise<Declared[]> {
  const files = sources.files.filter((file) => /\.ya?ml$/.test(file) && !file.includes("/templates/"));
  const declared = await Promise.all(
    files.map(async (file) => {
      const data = await sources.data(file);
      const values = "values" in data ? data.values : [];
      return values.flatMap((object, document) =>
        isRecord(object) && "apiVersion" in object ? [{ object, origin: { file, document } }] : [],
      );
    }),
  );
  return declared.flat();
}

type Found = Awaited<ReturnType<typeof fluxRecipes>>;

/** The recipes of a tree in memory; `rendered`: objects as another recipe rendered them. */
export async function recipesOf(
  files: Readonly<Record<string, string>>,
  rendered: readonly Rendered[] = [],
): Promise<Found> {
  const sources = await Sources.of(treeOf(files));
  const more = rendered.map(({ file, by, yaml }): Declared => ({
    object: object(yaml),
    origin: { file, document: 0 },
    renderedBy: by,
  }));
  return await fluxRecipes([...(await declaredIn(sources)), ...more], sources, isOwn);
}

export interface Rendered {
  readonly file: string;
  readonly by: string;
  readonly yaml: string;
}

/** The one recipe that is named so. */
export function named({ recipes }: Found, name: string): Found["recipes"][number] {
  const [recipe, another] = recipes.filter((one) => one.name === name);
  if (!recipe || another) throw new Error(`there is not exactly one recipe ${name}`);
  return recipe;
}

/** The step of a recipe that has one. */
export function stepOf({
  steps,
  refused,
}: Found["recipes"][number]): Found["recipes"][number]["steps"][number] {
  const [step] = steps;
  if (!step || steps.length > 1) throw new Error(`it has ${steps.length} steps: ${refused?.message}`);
  return step;
}

export const SOURCE = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: platform, namespace: flux-system }
spec: { url: "ssh://git@git.example/acme/platform.git", ref: { branch: main } }
`;

/** A Kustomization in `flux-system`; `spec` is added to its own, in flow style: `path: ./apps, suspend: true`. */
export function kustomization(name: string, spec: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { sourceRef: { kind: GitRepository, name: platform }, ${spec} }
`;
}

/** A HelmRelease in `shop` of the chart in `charts/web`. */
export function release(name: string, spec = "", chart = ""): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: shop }
spec:
  chart:
    spec: { chart: charts/web, sourceRef: { kind: GitRepository, name: platform, namespace: flux-system }, ${chart} }
  ${spec.replaceAll("\n", "\n  ")}
`;
}

export const CHART = { "charts/web/Chart.yaml": "name: web\nversion: 1.0.0\n", "source.yaml": SOURCE };

function object(yaml: string): Record<string, unknown> {
  const value: unknown = parseAllDocuments(yaml)[0]?.toJS();
  if (!isRecord(value)) throw new Error("no object");
  return value;
}
