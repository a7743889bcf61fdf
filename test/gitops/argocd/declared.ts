import type { Declared } from "../../../src/gitops/recipe.ts";
import type { Sources } from "../../../src/gitops/sources.ts";
import { isRecord } from "../../../src/manifests/key-path.ts";

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
