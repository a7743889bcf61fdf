import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import {
  type Amounts,
  RESOURCE_FIELDS,
  type ResourceField,
  type Resources,
  withoutAmount,
} from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import type { ContainerChange } from "../../src/gitops/tree-change.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import type { Recipe } from "../../src/gitops/recipe.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import type { ScannedContainer } from "../../src/gitops/scan.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import { formatPlace } from "../../src/gitops/trace/place.ts";
import { isOwnAddress } from "../../src/domain/repository-identity.ts";
import { renderersForTests } from "../support/renderers.ts";

const CASES = path.join(import.meta.dirname, "..", "..", "manifests-fixtures", "cases");
const renderers = await renderersForTests();

const place = z.object({
  file: z.string(),
  document: z.number().default(0),
  keyPath: z.string(),
  layer: z.string(),
});
const field = z.looseObject({
  value: z.coerce.string().optional(),
  absent: z.boolean().optional(),
  refused: z.string().optional(),
  feeds: z.number().optional(),
  insert: place.partial({ layer: true }).optional(),
  ...place.partial().shape,
});
const recipe = z.object({
  kind: z.string(),
  path: z.string(),
  name: z.string().optional(),
  values: z.array(z.string()).optional(),
  via: z.object({ path: z.string(), name: z.string() }).optional(),
});
const amounts = z.record(z.string(), z.coerce.string()).optional();
const setting = z.object({
  workload: z.string(),
  container: z.string(),
  source: z.string().optional(),
  layer: z.string().optional(),
  requests: amounts,
  limits: amounts,
  remove: z.array(z.enum(RESOURCE_FIELDS)).default([]),
});
const expectation = z.object({
  containers: z
    .array(
      z.object({
        recipe,
        workload: z.string(),
        container: z.string(),
        role: z.string(),
        status: z.string().optional(),
        fields: z.record(z.string(), field),
      }),
    )
    .nullish(),
  recipes: z
    .array(
      z.looseObject({
        kind: z.string(),
        path: z.string(),
        name: z.string().optional(),
        status: z.string(),
        reason: z.string(),
      }),
    )
    .optional(),
  probable: z.array(z.object({ recipe, fields: z.record(z.string(), field) })).optional(),
  changes: z
    .array(
      z.object({
        set: z.union([z.array(setting), setting.transform((one) => [one])]),
        expect: z.object({
          files: z
            .record(z.string(), z.object({ changedLines: z.number(), addedLines: z.number() }))
            .optional(),
          text: z.record(z.string(), z.array(z.string())).optional(),
          rendered: z.unknown().optional(),
          onlyUnder: z.string().optional(),
          refused: z.string().optional(),
        }),
      }),
    )
    .optional(),
});

describe.skipIf(!renderers)("every case of manifests-fixtures", () => {
  for (const name of readdirSync(CASES)) {
    const expected = expectation.parse(parse(readFileSync(path.join(CASES, name, "expected.yaml"), "utf8")));
    describe(name, () => {
      let scanned: Promise<RepositoryScan> | undefined;
      const scan = async () => await (scanned ??= scanCase(name));

      it("finds the field that feeds each number", async () => {
        const { containers, recipes } = await scan();
        for (const wanted of expected.containers ?? []) {
          const label = `${wanted.recipe.kind} ${wanted.recipe.path} ${wanted.workload} ${wanted.container}`;
          const found = containers.filter(
            (one) =>
              sameRecipe(one.recipe, wanted.recipe) &&
              workloadOf(one) === wanted.workload &&
              one.container === wanted.container,
          );
          expect
            .soft(
              found.map(({ role }) => role),
              label,
            )
            .toEqual([wanted.role]);
          const [container] = found;
          if (!container) continue;
          for (const [resource, fields] of Object.entries(wanted.fields))
            expect
              .soft(essence(container, resource), `${label} ${resource}`)
              .toMatchObject(wantedEssence(fields));
        }
        expect.soft(containers.length, "containers").toBe((expected.containers ?? []).length);
        for (const { kind, path: at, name: called, reason } of expected.recipes ?? [])
          expect
            .soft(
              codeOf(recipes.find((one) => sameRecipe(one, { kind, path: at, name: called }))),
              `${kind} ${at} ${called ?? ""}`,
            )
            .toBe(reason);
      });

      for (const listed of expected.probable ? [expected.probable] : [])
        it("knows what a chart that is not here is probably told", async () => {
          const { probable } = await scan();
          for (const wanted of listed) {
            const fields = probable
              .filter((one) => sameRecipe(one.recipe, wanted.recipe))
              .flatMap((one) => one.fields);
            for (const [resource, { value, file, keyPath, layer }] of Object.entries(wanted.fields)) {
              const found = fields.find((one) => one.resource === resource);
              const place = found?.status === "probable" ? found.place : undefined;
              const seen = place && {
                value: place.text,
                file: place.file,
                keyPath: formatPlace(place),
                layer: place.layer,
              };
              expect.soft(seen, `${wanted.recipe.path} ${resource}`).toEqual({ value, file, keyPath, layer });
            }
          }
          expect(new Set(probable.map(({ recipe: { id } }) => id)).size).toBe(listed.length);
        });

      for (const [index, { set, expect: outcome }] of (expected.changes ?? []).entries())
        it(`change ${index + 1}: ${JSON.stringify(set).slice(0, 100)}`, async () => {
          const state = await scan();
          const changes = set.map((one) => changeFor(state, one));
          if (outcome.refused === "ambiguous") {
            expect(set.some((one) => candidatesFor(state, one).length > 1)).toBe(true);
            return;
          }
          const { files, results } = await changeRepository(state, changes);
          const reasons = results.flatMap((result) =>
            result.status === "refused" ? [`${result.reason.code}: ${result.reason.message}`] : [],
          );
          if (outcome.refused !== undefined) {
            expect(reasons.map((reason) => reason.split(":")[0])).toContain(outcome.refused);
            expect(files).toEqual([]);
            return;
          }
          expect(reasons).toEqual([]);
          if (outcome.files)
            expect(
              Object.fromEntries(
                files.map(({ path: file, before = "", after }) => [file, lineCounts(before, after)]),
              ),
            ).toEqual(outcome.files);
          for (const [file, lines] of Object.entries(outcome.text ?? {}))
            for (const line of lines) expect(files.find((one) => one.path === file)?.after).toContain(line);
          const { onlyUnder } = outcome;
          if (onlyUnder !== undefined)
            expect(files.filter((file) => !file.path.startsWith(onlyUnder)).map((file) => file.path)).toEqual(
              [],
            );
          expect(files.length).toBeGreaterThan(0);
        });
    });
  }
});

async function scanCase(name: string): Promise<RepositoryScan> {
  const { helm = "", kubectl = "" } = renderers?.current ?? {};
  const renderer = await programRenderer({
    helm,
    kubectl,
    chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
  });
  return await scanRepository("acme/platform", await directoryTree(path.join(CASES, name, "repo")), {
    renderer,
    isOwn: isOwnAddress(["https://git.example/acme/platform"]),
  });
}

function sameRecipe(one: Recipe, wanted: z.infer<typeof recipe>): boolean {
  const at = wanted.path === "." ? "" : wanted.path;
  return (
    one.kind === wanted.kind &&
    one.path === at &&
    (wanted.name === undefined || one.name === wanted.name) &&
    (wanted.kind !== "helm" || JSON.stringify(one.values ?? []) === JSON.stringify(wanted.values ?? [])) &&
    (wanted.via === undefined || one.id.includes(wanted.via.name))
  );
}

function codeOf(one: Recipe | undefined): string | undefined {
  return (one?.refused ?? one?.uncertain)?.code;
}

function workloadOf({ kind, namespace = "", workload }: ScannedContainer): string {
  return `${kind}/${namespace}/${workload}`;
}

function essence(container: ScannedContainer, resource: string): object {
  const known = RESOURCE_FIELDS.find((one) => one === resource);
  if (!known) throw new Error(resource);
  const value = valueOf(container.current, known);
  const found = container.fields[known];
  if (found.status === "refused") return { value, refused: found.reason.code, message: found.reason.message };
  const { file, document, layer, feeds, present } = found.place;
  return { value, file, document, keyPath: formatPlace(found.place), layer, present, feeds: feeds.length };
}

function wantedEssence({
  value,
  absent,
  refused,
  insert,
  file,
  document,
  keyPath,
  layer,
  feeds,
}: z.infer<typeof field>): object {
  if (refused !== undefined) return { value, refused };
  const at = insert ?? { file, document, keyPath, layer };
  return {
    ...(absent ? {} : { value }),
    file: at.file,
    document: at.document ?? 0,
    keyPath: at.keyPath,
    ...(at.layer === undefined ? {} : { layer: at.layer }),
    present: insert === undefined,
    feeds: feeds ?? 1,
  };
}

function valueOf({ requests, limits }: Resources, resource: ResourceField): string | undefined {
  const side = resource.startsWith("requests") ? requests : limits;
  return resource.endsWith("cpu") ? side.cpu : side.memory;
}

function candidatesFor(
  state: RepositoryScan,
  { workload, container, source }: z.infer<typeof setting>,
): ScannedContainer[] {
  return state.containers.filter(
    (one) =>
      workloadOf(one) === workload &&
      one.container === container &&
      (source === undefined || sourceMatches(one.recipe, source)),
  );
}

function changeFor(state: RepositoryScan, wanted: z.infer<typeof setting>): ContainerChange {
  const [at] = candidatesFor(state, wanted);
  if (!at) throw new Error(`no ${wanted.workload} ${wanted.container}`);
  const merged = (before: Amounts, after: Record<string, string> | undefined): Amounts => ({
    ...before,
    ...after,
  });
  const layer = LAYERS.find((one) => one === wanted.layer);
  return {
    at,
    ...(layer ? { layer } : {}),
    wanted: wanted.remove.reduce(withoutAmount, {
      requests: merged(at.current.requests, wanted.requests),
      limits: merged(at.current.limits, wanted.limits),
    }),
  };
}

const LAYERS = ["patch", "values", "inline-values", "parameter", "manifest", "chart-values"] as const;

function sourceMatches({ id, path: at, values = [] }: Recipe, source: string): boolean {
  return (
    source === at || id.includes(`@flux:${source}#`) || values.some((file) => source === `${at}/${file}`)
  );
}

function lineCounts(before: string, after: string): { changedLines: number; addedLines: number } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const addedLines = now.length - old.length;
  const kept = new Map<string, number>();
  for (const line of old) kept.set(line, (kept.get(line) ?? 0) + 1);
  let fresh = 0;
  for (const line of now) {
    const left = kept.get(line) ?? 0;
    if (left > 0) kept.set(line, left - 1);
    else fresh += 1;
  }
  return { changedLines: fresh - addedLines, addedLines };
}
