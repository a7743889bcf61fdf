import path from "node:path";
import { describe, expect, it } from "vitest";
import { withoutAmount } from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { scanRepository } from "../../src/gitops/scan-repository.ts";
import { renderersForTests } from "../support/renderers.ts";

const CASE = path.join(import.meta.dirname, "../../manifests-fixtures/cases/helm-null-limit/repo");

const renderers = await renderersForTests();

describe.skipIf(!renderers)("a CPU limit below which a chart sets another", () => {
  it.each(["current", "older"] as const)(
    "goes by a null, but for a subchart, in which the %s release of helm may see it and others not",
    async (release) => {
      const helm = renderers?.[release].helm ?? "";
      const renderer = await programRenderer({ environment: { LOADLINE_HELM: helm }, chartCache: CASE });
      const scan = await scanRepository("acme/platform", await directoryTree(CASE), {
        renderer,
        isOwn: () => true,
      });
      const ofProd = scan.containers.filter(({ recipe }) => recipe.values?.includes("values-prod.yaml"));
      const { results } = await changeRepository(
        scan,
        ofProd.map((at) => ({ at, wanted: withoutAmount(at.current, "limits.cpu") })),
      );
      expect(results.map(({ change: { at }, status }) => [at.recipe.path, status])).toEqual([
        ["charts/api", "proven"],
        ["charts/shop", "refused"],
      ]);
    },
  );
});
