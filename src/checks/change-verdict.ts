import { code, prose } from "../proposals/markdown.ts";
import { type Finding, type Level, LEVELS } from "./finding.ts";
import type { Verdict } from "./verdict.ts";

/** What is said of a pull request that somebody else opened. */
export interface ChangeTerms {
  /** From which level on it fails. */
  readonly failOn: Exclude<Level, "note"> | "none";
  /** Why what its containers used is not known, a sentence each. */
  readonly unmeasured: readonly string[];
}

const LINES_SHOWN = 100;

/** What a change of requests and limits comes to: neutral, as long as no policy says that it fails. */
export function judgeChange(findings: readonly Finding[], { failOn, unmeasured }: ChangeTerms): Verdict {
  const of = (...levels: readonly Level[]): Finding[] =>
    levels.flatMap((level) => findings.filter((finding) => finding.level === level));
  const [errors, warnings] = [of("error"), of("warning")];
  const fails = failOn !== "none" && of(...LEVELS.slice(0, LEVELS.indexOf(failOn) + 1)).length > 0;
  const counts = [counted(errors.length, "error"), counted(warnings.length, "warning")].filter(
    (text) => text !== undefined,
  );
  return {
    conclusion: fails ? "failure" : "neutral",
    title: ["Requests or limits change", ...(counts.length > 0 ? [counts.join(" and ")] : [])].join(": "),
    summary: [
      ...section("What speaks against it", [...errors, ...warnings]),
      ...section("What the rendered containers change", of("note")),
      ...unmeasured.map((why) => `Not held against use: ${prose(why)}`),
      "Rendered where the branch left its base, and as the branch is now.",
    ].join("\n\n"),
  };
}

function section(title: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const lines = findings.slice(0, LINES_SHOWN).map(({ message, file, line }) => {
    const place = file === undefined ? "" : ` at ${code(line === undefined ? file : `${file}:${line}`)}`;
    return `- ${prose(message)}${place}`;
  });
  const more = findings.length - lines.length;
  return [`### ${title}`, [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n")];
}

function counted(count: number, noun: string): string | undefined {
  return count === 0 ? undefined : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
