import { structuredPatch } from "diff";
import type { ChangeResult, FileChange } from "../tree-change.ts";
import { placeOf } from "../scan.ts";
import type { RepositoryScan } from "../scan-repository.ts";
import { Sources } from "../sources.ts";
import { Positions } from "../trace/position.ts";
import { overlay } from "../tree.ts";

/** One line that an edit replaces, adds or takes away, without its ending. */
export interface EditedLine {
  readonly file: string;
  /** In the edited file, counted from 1. */
  readonly line: number;
  /** `null` where the line is new. */
  readonly before: string | null;
  /** `null` where the line is gone. */
  readonly after: string | null;
}

/** The edited lines by the change that they are for; lines that several share are in each of them. */
export async function editedLines(
  scan: RepositoryScan,
  files: readonly FileChange[],
  results: readonly ChangeResult[],
): Promise<ReadonlyMap<ChangeResult, readonly EditedLine[]>> {
  const lines = new Map<ChangeResult, EditedLine[]>();
  const texts = new Map(files.map(({ path, after }) => [path, after]));
  const positions = new Positions(await Sources.of(overlay(scan.tree, texts)));
  const proven = results.filter((result) => result.status === "proven");
  for (const file of files) {
    const own = proven.filter((result) => result.files.includes(file.path));
    // A file that only lists another one, such as a kustomization its new patch, is of all that may need it.
    const touching = own.length > 0 ? own : proven.filter(({ change }) => change.layer !== undefined);
    const marks = await marksOf(touching, file.path, positions);
    for (const run of runsOf(file))
      for (const line of run.lines)
        for (const result of ownersOf(line, run, marks) ?? touching)
          lines.set(result, [...(lines.get(result) ?? []), line]);
  }
  return lines;
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly EditedLine[];
}

/** Neighbouring lines that differ: those before and after are paired as they follow each other. */
function runsOf({ path, before, after }: FileChange): Run[] {
  const { hunks } = structuredPatch(path, path, before ?? "", after, "", "", { context: 0 });
  return hunks.map(({ newStart, newLines, lines }) => {
    const of = (sign: string): string[] =>
      lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).replace(/\r$/, ""));
    const [old, now] = [of("-"), of("+")];
    return {
      start: newStart,
      end: newStart + newLines - 1,
      lines: Array.from({ length: Math.max(old.length, now.length) }, (_, index) => ({
        file: path,
        line: newStart + Math.min(index, Math.max(0, newLines - 1)),
        before: old[index] ?? null,
        after: now[index] ?? null,
      })),
    };
  });
}

type ProvenChange = Extract<ChangeResult, { readonly status: "proven" }>;

type Marks = ReadonlyMap<number, ReadonlySet<ChangeResult>>;

/** The lines on which the changed numbers stand now. */
async function marksOf(results: readonly ProvenChange[], file: string, positions: Positions): Promise<Marks> {
  const marks = new Map<number, Set<ChangeResult>>();
  for (const result of results) {
    for (const { resource } of result.proof.changed) {
      const place = placeOf(result.change.at, resource);
      if (place?.file !== file) continue;
      const { line } = await positions.of(place);
      marks.set(line, (marks.get(line) ?? new Set()).add(result));
    }
  }
  return marks;
}

/** Keys that were added above a number are of the number below them; what follows the last one is of it. */
function ownersOf(
  { line }: EditedLine,
  { start, end }: Run,
  marks: Marks,
): Iterable<ChangeResult> | undefined {
  const inRun = [...marks.keys()].filter((mark) => mark >= start && mark <= end).sort((a, b) => a - b);
  const mark = inRun.find((one) => one >= line) ?? inRun.at(-1);
  return mark === undefined ? undefined : marks.get(mark);
}
