/**
 * Draws docs/images/pull-request.png: the golden body of a typical pull request as GitHub shows it, by a Chromium of
 * this machine (`CHROMIUM`, or the one that Debian installs).
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { chromium } from "playwright-core";

const ROOT = path.join(import.meta.dirname, "..");
const BODY = path.join(ROOT, "test", "proposals", "golden", "one-container-lowered.md");
const PICTURE = path.join(ROOT, "docs", "images", "pull-request.png");
const WIDTH = 920;

const { resolve } = createRequire(import.meta.url);
const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium" });
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 800 } });
  await page.setContent(asPage(await readFile(BODY, "utf8")));
  await page.addStyleTag({ path: resolve("github-markdown-css/github-markdown-light.css") });
  await page.addStyleTag({ content: style() });
  await page.addScriptTag({ path: resolve("mermaid/dist/mermaid.min.js") });
  // GitHub draws charts once they are unfolded.
  await page.evaluate("mermaid.initialize({ startOnLoad: false })");
  await page.evaluate("mermaid.run({ querySelector: '.language-mermaid' })");
  await page.locator("article").screenshot({ path: PICTURE });
} finally {
  await browser.close();
}

function asPage(markdown: string): string {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  return `<!doctype html><article class="markdown-body">${html.replace("<details>", "<details open>")}</article>`;
}

/** What GitHub puts around the body of a pull request. */
function style(): string {
  return `
    body { margin: 0; background: #fff; }
    article { box-sizing: border-box; width: ${WIDTH}px; padding: 24px 32px; }
    .language-mermaid svg { display: block; margin: auto; }
  `;
}
