import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { directoryTree } from "../../../src/gitops/directory-tree.ts";
import { fluxRecipes } from "../../../src/gitops/flux/recipes.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { declaredIn, isOwn } from "./declared.ts";

const CASES = path.resolve("manifests-fixtures/cases");
/** Its values are in no file before something is rendered. */
const RENDERED = "flux-values-generated";
const cases = (await readdir(CASES)).filter(
  (name) => /^flux-|^mixed$|^refused-files$/.test(name) && name !== RENDERED,
);

const recipeSchema = z.object({ kind: z.string(), path: z.string(), name: z.string().optional() });
const expectedSchema = z.object({
  containers: z.array(z.object({ recipe: recipeSchema })),
  recipes: z.array(recipeSchema.extend({ status: z.string(), reason: z.string() })).default([]),
});

describe("the Flux recipes of a repository", () => {
  it.each(cases)("are those that %s expects", async (name) => {
    const sources = await Sources.of(await directoryTree(path.join(CASES, name, "repo")));
    const expected = expectedSchema.parse(
      parse(await readFile(path.join(CASES, name, "expected.yaml"), "utf8")),
    );
    const { recipes } = await fluxRecipes(await declaredIn(sources), sources, isOwn);

    // Kustomizations that only deliver releases have no container of their own.
    const reasons = new Map(
      expected.recipes.map((recipe) => [`${recipe.path} ${recipe.name}`, recipe.reason]),
    );
    const wanted = [...expected.recipes, ...expected.containers.map(({ recipe }) => recipe)]
      .filter(({ kind }) => kind === "flux")
      .map((recipe) => `${recipe.path} ${recipe.name}`)
      .map((place) => `${place} ${reasons.get(place) ?? "rendered"}`);
    const found = recipes
      // Whether a chart of an exact version can be fetched is not known before it is tried.
      .map((recipe) => {
        const [step] = recipe.steps;
        const remote = step?.tool === "helm" && "repository" in step.chart ? "remote-chart" : undefined;
        const reason = recipe.refused?.code ?? recipe.uncertain?.code ?? remote;
        return {
          line: `${recipe.path} ${recipe.name} ${reason ?? "rendered"}`,
          delivers: step?.tool === "kustomize",
        };
      })
      .filter(({ line, delivers }) => !delivers || wanted.includes(line));
    expect(found.map(({ line }) => line).toSorted()).toEqual([...new Set(wanted)].toSorted());
  });
});
