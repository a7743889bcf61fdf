import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { argoRecipes } from "../../../src/gitops/argocd/recipes.ts";
import { directoryTree } from "../../../src/gitops/directory-tree.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { declaredIn } from "./declared.ts";

const CASES = path.resolve("manifests-fixtures/cases");
const cases = (await readdir(CASES)).filter((name) => /^(?:argocd|appset)-|^mixed$/.test(name));

const recipeSchema = z.object({ kind: z.string(), path: z.string(), name: z.string().optional() });
const expectedSchema = z.object({
  containers: z.array(z.object({ recipe: recipeSchema })),
  recipes: z.array(recipeSchema.extend({ status: z.string(), reason: z.string() })).default([]),
});

/** These Applications exist only when something has been rendered. */
const RENDERED = "platform/templates/applications.yaml";

describe("the Argo CD recipes of a repository", () => {
  it.each(cases)("are those that %s expects", async (name) => {
    const sources = await Sources.of(await directoryTree(path.join(CASES, name, "repo")));
    const expected = expectedSchema.parse(
      parse(await readFile(path.join(CASES, name, "expected.yaml"), "utf8")),
    );
    const { recipes } = await argoRecipes(await declaredIn(sources), sources, (url) =>
      /[:/]acme\/platform(?:\.git)?$/i.test(url),
    );

    const wanted = [
      ...expected.containers.map(({ recipe }) => ({ ...recipe, reason: undefined })),
      ...expected.recipes,
    ].filter(({ kind, path: file }) => kind === "argocd" && file !== RENDERED);
    // Whether a chart can be fetched is not known before it is tried.
    const described = wanted.map(({ path: file, name: app, reason }) =>
      line(file, app, reason === "remote-chart" ? undefined : reason),
    );
    const found = recipes.map((recipe) => line(recipe.path, recipe.name, recipe.refused?.code));
    expect(found.filter((one) => !one.startsWith("root.yaml platform")).toSorted()).toEqual(
      [...new Set(described)].toSorted(),
    );
  });
});

function line(file: string, name: string | undefined, reason: string | undefined): string {
  return `${file} ${name ?? ""} ${reason ?? "rendered"}`;
}
