import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { code, plain, prose, table } from "../../src/proposals/markdown.ts";
import { HOSTILE } from "./planned.ts";

const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** As GitHub renders it: which elements, and which text a person sees. */
function rendered(markdown: string): { elements: string[]; text: string } {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  const elements = [...html.matchAll(/<([a-z][a-z0-9]*|!--)/g)].map(([, name = ""]) => name);
  const text = html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  return { elements, text: text.replaceAll("\u200b", "") };
}

const anything = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.constantFrom(...HOSTILE, "a", " ", "`", "|", "\\", "*", "<", ">", "@", "#1"), { maxLength: 6 })
    .map((all) => all.join("")),
  fc.string({ unit: "binary", maxLength: 20 }),
);

function shownAs(text: string): string[] {
  return seen(text) === "—" ? [] : ["code"];
}

function seen(text: string): string {
  const printable = text.replaceAll(INVISIBLE, "");
  return printable.trim() === "" ? "—" : printable;
}

describe("text from outside as code", () => {
  it("is one piece of code that shows the text as it is", () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(rendered(`x ${code(text)} y`)).toEqual({
          elements: ["p", ...shownAs(text)],
          text: `x ${seen(text)} y`,
        });
      }),
      { numRuns: 3000 },
    );
  });

  it("stays in its cell of a table, with its pipes", () => {
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        const { elements, text } = rendered(
          table(
            ["h"],
            [[code(a), code(b)]].map((row) => [row.join(" · ")]),
          ),
        );
        expect(elements).toEqual([
          "table",
          "thead",
          "tr",
          "th",
          "tbody",
          "tr",
          "td",
          ...shownAs(a),
          ...shownAs(b),
        ]);
        // There is no way to write one backslash in front of a pipe.
        const doubled = (part: string): string =>
          part.replaceAll(/(\\+)\|/g, (run) => (run.length % 2 ? run : `\\${run}`));
        expect(text.replaceAll("\n", "")).toBe(`h${doubled(`${seen(a)} · ${seen(b)}`)}`);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("text from outside in a sentence", () => {
  it("is text, and nothing else", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { elements, text: shown } = rendered(`- x: ${prose(text)}.`);
        expect(elements).toEqual(["ul", "li"]);
        const words = (part: string): string[] =>
          part.replaceAll(INVISIBLE, " ").split(/\s+/).filter(Boolean);
        expect(words(shown)).toEqual(words(`x: ${text}.`));
      }),
      { numRuns: 3000 },
    );
  });

  it.each(["@octocat", "#12", "GH-12", "https://a.example", "www.a.example", "a@b.example"])(
    "does not become a link in the rendered text: %s",
    (text) => {
      const html = micromark(prose(text));
      expect(html).toContain("\u200b");
      expect(html).not.toContain(text);
      expect(plain(text)).not.toContain(text);
    },
  );
});

it("a title is one line", () => {
  expect(plain("a\r\nb\u202e\u001b[1m c")).toBe("ab[1m c");
  expect(plain("apps/api-1")).toBe("apps/api-1");
});
