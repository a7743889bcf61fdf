import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readCsv } from "../../src/metrics/csv.ts";
import { readPages, ROOT } from "./markdown.ts";

const pages = await readPages();

describe("what a page shows", () => {
  const shown = pages.flatMap(({ file, text }) =>
    [...text.matchAll(/<!-- example: (\S+) -->\n+```ts\n([\s\S]*?)^```$/gm)].map(
      ([, example = "", block = ""]) => ({ file, example, block }),
    ),
  );

  it.each(shown)("of $example is that file, in $file", async ({ file, example, block }) => {
    expect(block).toBe(await readFile(path.join(ROOT, path.dirname(file), example), "utf8"));
  });

  it("as a table of usage can be read", async () => {
    const page = pages.find(({ file }) => file === "docs/providers.md");
    const tables = page?.blocks.filter(({ language }) => language === "csv") ?? [];
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-shown-"));
    for (const { text } of tables) {
      await writeFile(path.join(folder, "usage.csv"), text);
      expect((await readCsv(path.join(folder, "usage.csv"))).series).toHaveLength(2);
    }
    await rm(folder, { recursive: true });
    expect([shown.length, tables.length]).toEqual([2, 1]);
  });
});
