import { chmod } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { findProgram } from "../../../src/gitops/render/program.ts";
import { programRenderer, type Renderer } from "../../../src/gitops/render/renderer.ts";
import { rendererEnvironment } from "../../support/renderers.ts";
import { chartYaml, deployment, folderOf } from "./folder-of.ts";
import { objectsOf, renderers } from "./real-programs.ts";

describe("a program", () => {
  test("that is nowhere is missed, with the way to name it", async () => {
    expect(await findProgram("helm", { environment: { PATH: "/nonexistent" } })).toEqual({
      refused: { code: "renderer-missing", message: expect.stringContaining("LOADLINE_HELM") },
    });
  });

  test("is not taken from a relative folder of PATH", async () => {
    const folder = await folderOf({ helm: "#!/bin/sh\necho v9.9.9\n" });
    await chmod(`${folder}/helm`, 0o755);
    expect(await findProgram("helm", { environment: { PATH: folder } })).toMatchObject({ version: "9.9.9" });
    expect(await findProgram("helm", { environment: { PATH: `.:bin:` } })).toHaveProperty("refused");
  });

  test.each([
    ["/etc/passwd", "there is no program at /etc/passwd"],
    ["/bin/echo", "/bin/echo does not tell its version"],
  ])("that is none is refused: %s", async (path, message) => {
    expect(await findProgram("kustomize", { path })).toEqual({
      refused: { code: "renderer-missing", message: expect.stringContaining(message) },
    });
  });
});

describe("a renderer", () => {
  test("without programs refuses, and says which one is missing", async () => {
    const none = await programRenderer({ chartCache: "/nonexistent", environment: { PATH: "/nonexistent" } });
    expect(none.versions).toEqual({});
    const refused = { refused: { code: "renderer-missing" } };
    expect(await none.helmTemplate({ chart: "/x", roots: ["/x"], releaseName: "x" })).toMatchObject(refused);
    expect(await none.kustomizeBuild({ folder: "/x", roots: ["/x"] })).toMatchObject(refused);
    expect(await none.pullChart({ oci: "oci://x/y", version: "1.0.0" })).toMatchObject(refused);
  });

  test.skipIf(!renderers)("names its versions, and renders many at once", async () => {
    const renderer = await realRenderer();
    expect(renderer.versions).toEqual({ helm: "4.2.3", kustomize: "5.8.1" });
    const root = await folderOf({
      "web/Chart.yaml": chartYaml("web"),
      "web/templates/x.yaml": "name: {{ .Release.Name }}\n",
      "app/kustomization.yaml": "resources: [api.yaml]\n",
      "app/api.yaml": deployment("api", "1"),
    });
    const names = Array.from({ length: 8 }, (_, index) => `rel-${index}`);
    const rendered = await Promise.all(
      names.map(
        async (releaseName) =>
          await renderer.helmTemplate({ chart: `${root}/web`, roots: [root], releaseName }),
      ),
    );
    expect(rendered.flatMap(objectsOf)).toEqual(names.map((name) => ({ name })));
    expect(objectsOf(await renderer.kustomizeBuild({ folder: `${root}/app`, roots: [root] }))).toHaveLength(
      1,
    );
  });
});

async function realRenderer(): Promise<Renderer> {
  const environment = renderers ? rendererEnvironment(renderers) : {};
  return await programRenderer({ chartCache: "/nonexistent", environment });
}
