import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { forbiddenImports, ROOMS } from "../scripts/check-imports.ts";

describe("the direction of imports", () => {
  it("is kept by the code as it stands", async () => {
    expect(await forbiddenImports(path.join(import.meta.dirname, "..", "src"))).toEqual([]);
  });

  it("has no arrow that leads back", () => {
    const order = Object.keys(ROOMS);
    for (const [room, allowed] of Object.entries(ROOMS))
      for (const other of allowed.map((one) => one.replace(/^type /, "").replace(/\/.*/, "")))
        expect(order.indexOf(other), `${room} → ${other}`).toBeLessThan(order.indexOf(room));
  });

  it.each([
    ["a value", 'import { a } from "../sweep/plan.ts";', "imports sweep/plan.ts"],
    ["a type", 'import type { A } from "../sweep/plan.ts";', "imports types of sweep/plan.ts"],
    ["a type inside of a type", 'type A = import("../sweep/plan.ts").A;', "imports types of sweep/plan.ts"],
    ["a re-export", 'export * from "../sweep/plan.ts";', "imports sweep/plan.ts"],
    ["a late import", 'await import("../sweep/plan.ts");', "imports sweep/plan.ts"],
    ["a value among types", 'import { type A, b } from "../gitops/b.ts";', "imports gitops/b.ts"],
    [
      "a way out of src",
      'import "../../test/support/a.ts";',
      "imports ../test/support/a.ts, which is outside",
    ],
    ["the world", 'import "node:fs";', "imports node:fs; proposals is pure"],
  ])("refuses %s with file, line and what is allowed", async (_, line, message) => {
    const [fault, ...more] = await faultsOf("proposals/body.ts", `// why\n${line}\n`);
    expect(fault).toContain(`proposals/body.ts:2: ${message}`);
    expect(more).toEqual([]);
  });

  it.each([
    'import { type A } from "../gitops/a.ts";',
    'import type { A } from "../gitops/a.ts";',
    'import { a } from "../domain/a.ts";',
    'import { a } from "./a.ts";',
    'import "node:crypto";',
    'import "yaml";',
  ])("lets %s pass", async (line) => {
    expect(await faultsOf("proposals/body.ts", line)).toEqual([]);
  });

  it("wants a line in the table for a new room", async () => {
    expect(await faultsOf("utils/a.ts", "")).toEqual([expect.stringContaining("utils has no line")]);
  });
});

async function faultsOf(file: string, text: string): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-rooms-"));
  try {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
    return await forbiddenImports(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
