import { argoRecipes } from "../../../src/gitops/argocd/recipes.ts";
import type { Declared, Recipe } from "../../../src/gitops/recipe.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { isRecord } from "../../../src/manifests/key-path.ts";
import { treeOf } from "../files.ts";

export const OWN = "https://git.example/acme/platform";

function isOwn(url: string): boolean {
  return /[:/]acme\/platform(?:\.git)?$/i.test(url);
}

/** Everything of Argo CD that files of a tree declare, but for templates of charts. */
export async function declaredIn(sources: Sources): Promise<Declared[]> {
  const files = sources.files.filter((file) => /\.ya?ml$/.test(file) && !file.includes("/templates/"));
  const declared = await Promise.all(
    files.map(async (file) => {
      const data = await sources.data(file);
      const values = "values" in data ? data.values : [];
      return values.flatMap((object, document) =>
        isRecord(object) && object["apiVersion"] === "argoproj.io/v1alpha1"
          ? [{ object, origin: { file, document } }]
          : [],
      );
    }),
  );
  return declared.flat();
}

/** What a tree in memory gives. */
export async function recipesOf(
  files: Readonly<Record<string, string>>,
): Promise<{ recipes: readonly Recipe[]; claims: readonly string[] }> {
  const sources = await Sources.of(treeOf(files));
  return await argoRecipes(await declaredIn(sources), sources, isOwn);
}

/** An Application in `app.yaml`; `spec` is JSON, which is YAML. */
export function application(spec: object, name = "api"): string {
  return JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: { destination: { namespace: "shop" }, ...spec },
  });
}

/** An ApplicationSet whose Applications render `charts/web`. */
export function applicationSet(spec: object): string {
  return JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "set", namespace: "argocd" },
    spec,
  });
}
