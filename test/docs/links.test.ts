import { stat, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readPages, ROOT } from "./markdown.ts";

const pages = await readPages();

describe("the links of the pages", () => {
  it.each(pages)("lead somewhere from $file", async ({ file, text }) => {
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [target = "", anchor] = link.split("#");
      const absolute = path.join(ROOT, target === "" ? file : path.join(path.dirname(file), target));
      await expect(stat(absolute), `${file}: ${link}`).resolves.toBeDefined();
      if (anchor === undefined) continue;
      const known = anchors(await readFile(absolute, "utf8"));
      expect(known, `${file}: ${link}`).toContain(anchor);
    }
  });

  it("registers the App that app.yml describes", async () => {
    const manifest = z
      .object({
        name: z.string(),
        url: z.string(),
        public: z.boolean(),
        hook_attributes: z.object({ url: z.string(), active: z.boolean() }),
        default_permissions: z.record(z.string(), z.string()),
        default_events: z.array(z.string()),
      })
      .parse(parse(await readFile(path.join(ROOT, "app.yml"), "utf8")));
    const page = pages.find(({ file }) => file === "docs/github-app.md");
    const [address = ""] = /^https:\/\/github\.com\/settings\/apps\/new\S*$/m.exec(page?.text ?? "") ?? [];
    const { searchParams } = new URL(address);
    expect(searchParams.getAll("events[]").sort()).toEqual(manifest.default_events.toSorted());
    searchParams.delete("events[]");
    expect(Object.fromEntries(searchParams)).toEqual({
      name: manifest.name,
      url: manifest.url,
      public: String(manifest.public),
      webhook_active: String(manifest.hook_attributes.active),
      webhook_url: manifest.hook_attributes.url,
      ...manifest.default_permissions,
    });
  });
});

/** As GitHub names the headings of a page. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}
