import path from "node:path";
import { describe, expect, it } from "vitest";
import { renderersForTests } from "../support/renderers.ts";
import { proposalOf, TYPICAL } from "./typical-pulls.ts";

const GOLDEN = path.join(import.meta.dirname, "golden");
const renderers = await renderersForTests();

/**
 * Whole pull requests, so that a change of what reviewers read is read itself. `vitest run test/proposals/golden.test.ts --update`
 * writes them anew.
 */
describe.skipIf(!renderers)("a typical pull request reads as its golden file", () => {
  it.each(TYPICAL)("$name", async (typical) => {
    if (!renderers) return;
    const { title, body } = await proposalOf(typical, renderers);
    await expect(`# ${title}\n\n${body}`).toMatchFileSnapshot(path.join(GOLDEN, `${typical.name}.md`));
  });
});
