import { describe, expect, it } from "vitest";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import { readPages } from "../docs/markdown.ts";

const shown = (await readPages()).flatMap(({ file, blocks }) =>
  blocks
    .filter(({ words }) => words.has("repository"))
    .map(({ text, line }) => ({ at: `${file}:${line}`, text })),
);

describe("a repository's own file", () => {
  it.each(shown)("is valid as $at shows it", ({ at, text }) => {
    expect(parseRepositoryFile(text, at).policies).not.toEqual([]);
  });

  it("may say next to nothing", () => {
    expect(parseRepositoryFile("version: 1")).toEqual({ version: 1, policy: {}, policies: [] });
  });

  it("is shown at least once", () => {
    expect(shown).not.toEqual([]);
  });
});
