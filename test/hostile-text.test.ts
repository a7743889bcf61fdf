import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { Finding } from "../src/checks/finding.ts";
import { judgeChange } from "../src/checks/change-verdict.ts";
import { judgePull } from "../src/checks/verdict.ts";
import { explainAnswer, malformedAnswer, unknownAnswer } from "../src/commands/answers.ts";
import { markerName } from "../src/proposals/evidence.ts";
import { groupsOf } from "../src/proposals/groups.ts";
import { propose } from "../src/proposals/proposal.ts";
import { formatAudit } from "../src/report/audit-report.ts";
import { checkAnnotations } from "../src/report/check-annotations.ts";
import { checkReport } from "../src/report/check-report.ts";
import { checkSarif } from "../src/report/check-sarif.ts";
import { checkTable } from "../src/report/check-table.ts";
import { complaint } from "../src/sweep/own-file/complaint.ts";
import { onboardingPull } from "../src/sweep/own-file/onboarding.ts";
import { HOSTILE, METHOD, planned } from "./proposals/planned.ts";

const CALM = "api";
const hostile = fc
  .oneof(
    fc.constantFrom(...HOSTILE),
    fc
      .array(fc.constantFrom(...HOSTILE, "a", " ", "../", "%0A", "\r", "@", "(", "]("), { maxLength: 5 })
      .map((parts) => parts.join("")),
  )
  .filter((text) => /[a-z0-9]/i.test(text) && text.trim() !== "");

/** Somebody's text in every place of a container that somebody names. */
const containerOf = (text: string) =>
  planned({ name: text, container: text, folder: text, cluster: text, reason: text });
const findingOf = (text: string): Finding => ({
  rule: "amount-changed",
  level: "warning",
  message: `${text}: requests.cpu ${text}`,
  of: { recipe: text, workload: text, container: text },
  file: text,
  line: 3,
  column: 1,
});
const reportOf = (text: string) =>
  checkReport([findingOf(text)], "", {
    base: { ref: text, commit: "1234567890" },
    usage: true,
    stats: { renders: 1, files: 1, seconds: 1 },
  });

/** Everything that GitHub renders as Markdown, and that shows text from outside. */
const MARKDOWN: Readonly<Record<string, (text: string) => string>> = {
  "the body of a proposal": (text) => {
    const container = containerOf(text);
    const files = [{ path: container.source.files?.[0] ?? "", before: "a", after: "b" }];
    return groupsOf([container])
      .map((group) => propose(text, group, files, METHOD)?.body ?? "")
      .join("\n");
  },
  "the answer to explain": (text) => explainAnswer([containerOf(text)], METHOD),
  "the answer to an unknown word": (text) => unknownAnswer({ name: "unknown", word: text, nearest: "help" }),
  "the answer to what is not how it is written": (text) =>
    malformedAnswer({ name: "malformed", command: "set", problem: text }),
  "the complaint of a repository's own file": (text) =>
    complaint({ said: text.replaceAll(/[\n\r]/g, " "), inForce: [] }),
  "the onboarding": (text) => {
    const container = containerOf(text);
    const { at } = container.source;
    if (!at) throw new Error("a planned container has a place");
    const source = { ...container.source, at: { ...at, repository: "acme/shop" } };
    const refused = { code: "render-failed", message: text } as const;
    const recipe = { id: text, kind: "helm", path: text, steps: [], refused } as const;
    const scan = { containers: [], recipes: [recipe] };
    return onboardingPull(
      { name: "acme/shop", scan },
      { containers: [{ ...container, source }], proposals: [] },
      METHOD,
    ).body;
  },
  "the check run of a proposal": (text) => {
    const { at } = containerOf(text).source;
    const changes = at
      ? [{ at, wanted: { requests: { cpu: "1" }, limits: {} }, why: { code: "x", message: text } }]
      : [];
    const facts = { base: text, marker: undefined, moved: [text], gone: [text], cut: false, changes };
    return judgePull(facts).summary;
  },
  "the check run of anybody's pull request": (text) =>
    judgeChange([findingOf(text)], { failOn: "error", unmeasured: [text] }).summary,
};

describe.each(Object.entries(MARKDOWN))("%s", (_, markdown) => {
  it("shows text from outside as text: no element, mention or link comes of it", () => {
    const calm = elementsOf(markdown(CALM));
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = markdown(text);
        expect(elementsOf(shown)).toEqual(calm);
        expect(mentionsIn(shown)).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});

describe("lines for programs and terminals", () => {
  it("an annotation of a workflow is one line and one command, whatever it names", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = checkAnnotations(reportOf(text)).split("\n");
        expect(lines).toHaveLength(2);
        expect(lines[0]).toMatch(/^::warning file=[^,:]*,line=3,col=1,title=loadline%3A amount-changed::/);
        expect(lines[0]).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });

  it("code scanning gets no link and no path out of the tree", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const sarif = checkSarif(reportOf(text));
        const { runs } = JSON.parse(sarif);
        const [found] = runs[0].results;
        expect(found.message.text).not.toMatch(/\]\(|[\p{Cc}\u2028\u2029]/u);
        const { uri } = found.locations[0].physicalLocation.artifactLocation;
        expect(uri).toMatch(/^[\w.!~*'()%/-]*$/);
      }),
    );
  });

  it("tables have as many lines as for calm names, and steer no terminal", () => {
    const audited = (text: string) =>
      formatAudit(
        {
          version: 1,
          unreadable: 0,
          entries: [
            {
              version: 1,
              at: "2026-11-20T00:00:00.000Z",
              actor: text,
              action: "command",
              command: text,
              repository: text,
              number: 1,
              workloads: [text],
              evidence: text,
              outcome: "done",
            },
          ],
        },
        "table",
      );
    const tables = [audited, (text: string) => checkTable(reportOf(text), false)];
    for (const table of tables)
      fc.assert(
        fc.property(hostile, (text) => {
          expect(table(text).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }),
      );
    fc.assert(
      fc.property(hostile, (text) => {
        expect(audited(text).split("\n")).toHaveLength(audited(CALM).split("\n").length);
      }),
    );
  });

  it("a title mentions nobody and names no other pull request", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const container = containerOf(text);
        const files = [{ path: container.source.files?.[0] ?? "", before: "a", after: "b" }];
        for (const group of groupsOf([container])) {
          const title = propose(text, group, files, METHOD)?.title ?? "";
          expect(title).not.toMatch(/@[a-z0-9]|#\d|[\p{Cc}\u2028\u2029]/iu);
          expect(markerName(container)).toContain(text);
        }
      }),
    );
  });
});

function elementsOf(markdown: string): string[] {
  return [...htmlOf(markdown).matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name = ""]) => name);
}

/** What GitHub makes links of besides: in text, but not in code. */
function mentionsIn(markdown: string): string[] {
  const text = htmlOf(markdown)
    .replaceAll(/<!--[^]*?-->/g, "")
    .replaceAll(/<code\b[^>]*>[^]*?<\/code>/g, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)));
  return text.match(/(?<![\w/])@[a-z0-9][\w-]*|(?<![\w&])#\d+|\bGH-\d+|https?:\/\/\S+|\bwww\.\S+/gi) ?? [];
}

function htmlOf(markdown: string): string {
  return micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
}
