import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadline } from "../support/loadline.ts";
import { rendererEnvironment, renderersForTests } from "../support/renderers.ts";
import { ATTACKS, HONEST, movedTo } from "./hostile-attacks.ts";
import { chartYaml, folderOf } from "./render/folder-of.ts";

const renderers = await renderersForTests();

describe.skipIf(!renderers)("all hostile repositories in one", () => {
  it("takes half a gigabyte for all of it at once, of files with holes too", async () => {
    // But for the chart that never ends: the command line gives it its whole minute.
    const others = ATTACKS.filter(([, , code]) => code !== "render-timeout");
    const all = Object.assign({}, ...others.map(([, files], index) => movedTo(`attack-${index}`, files)));
    const root = await folderOf({ ...HONEST, ...all });
    const temporary = await folderOf({});
    for (const file of ["hole.yaml", "chart-with-hole/values.yaml"]) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), "");
      await truncate(path.join(root, file), 3 * 2 ** 30);
    }
    await writeFile(path.join(root, "chart-with-hole/Chart.yaml"), chartYaml("hole"));
    const ran = await loadline(["scan", "--repo", root, "--format", "json"], {
      env: {
        ...(renderers ? rendererEnvironment(renderers) : {}),
        NODE_OPTIONS: "--max-old-space-size=512",
        TMPDIR: temporary,
      },
    });
    expect(ran.err).toBe("");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('"honest/api.yaml"');
    expect(await readdir(temporary)).toEqual([]);
  }, 240_000);
});
