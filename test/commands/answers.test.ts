import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { explainAnswer, helpAnswer, unknownAnswer } from "../../src/commands/answers.ts";
import { COMMANDS } from "../../src/domain/command-name.ts";
import { HOSTILE, METHOD, planned } from "../proposals/planned.ts";

function elements(markdown: string): string[] {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  return [...html.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name = ""]) => name);
}

describe("answers", () => {
  it("help lists every command", () => {
    for (const command of COMMANDS) expect(helpAnswer()).toContain(`\`/loadline ${command}`);
  });

  it("an unknown word gets the nearest command", () => {
    expect(unknownAnswer({ name: "unknown", word: "hlp", nearest: "help" })).toMatch(
      /^There is no command `hlp`\. Did you mean `\/loadline help`\?/,
    );
  });

  it("explain says what was measured, what was not, where, and what is held", () => {
    expect(explainAnswer([planned({ reason: "no *usage*" })], METHOD)).toBe(
      [
        "**`Deployment/shop/api app`** in `main`",
        "- CPU over 14d: p95 290m, peak 400m, from 2016 samples",
        "- memory: not measured",
        "- confidence low (0.50)",
        "- policy `policy`: There is one policy for all.",
        "- cpu: no &#42;usage&#42;",
        "- requests.cpu `1` → `350m` at `apps/api.yaml:12`, key `spec.containers[0].resources`",
        "- the place is proven",
        "- memory held: no &#42;usage&#42;",
      ].join("\n"),
    );
    expect(explainAnswer([], METHOD)).toMatch(/^Nothing is proposed/);
  });

  it("explain fits a comment, whatever it explains", () => {
    const answer = explainAnswer(
      Array.from({ length: 5000 }, () => planned()),
      METHOD,
    );
    expect(answer.length).toBeLessThan(21_000);
    expect(answer).toMatch(/and 49\d\d more, for which there is no room here$/);
  });

  const calm = elements(explainAnswer([planned()], METHOD));
  it.each(HOSTILE.filter((text) => text !== ""))("can't be broken out of by %j", (text) => {
    const hostile = planned({ name: text, container: text, cluster: text, file: text, reason: text });
    expect(elements(explainAnswer([hostile], METHOD))).toEqual(calm);
    expect(elements(unknownAnswer({ name: "unknown", word: text, nearest: undefined }))).toEqual(
      elements(unknownAnswer({ name: "unknown", word: "x", nearest: undefined })),
    );
  });
});
