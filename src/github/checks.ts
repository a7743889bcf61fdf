import { lookAgain, NOT_TWICE } from "./look-again.ts";
import type { InstalledRepository } from "./repository.ts";

/** What a check run says of a commit. */
export interface CheckResult {
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly LineNote[];
}

/** Something to say of one line. */
export interface LineNote {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
  /** How loud; `notice` where left out. */
  readonly level?: AnnotationLevel;
}

type AnnotationLevel = "notice" | "warning" | "failure";

const CHECK_NAME = "loadline";

/** As many as GitHub takes in one request. */
const MOST_ANNOTATIONS = 50;
/** GitHub takes 65,535 characters. */
const LONGEST_SUMMARY = 60_000;

/**
 * Says it of a commit of a pull request once: said again, it takes the place of what was said first. Annotations
 * are given with the first alone, for GitHub adds them up, and the same commit has the same lines.
 */
export async function reportCheck(
  repository: InstalledRepository,
  pull: CheckedPull,
  result: CheckResult,
): Promise<void> {
  await lookAgain(async () => await report(repository, pull, result));
}

/** Whether anything was said of the commit at which a pull request stands. */
export async function isChecked(repository: InstalledRepository, pull: CheckedPull): Promise<boolean> {
  return (await givenCheck(repository, pull)) !== undefined;
}

interface CheckedPull {
  readonly number: number;
  readonly head: string;
}

async function givenCheck(
  { client, owner, name: repo }: InstalledRepository,
  { number, head }: CheckedPull,
): Promise<number | undefined> {
  const { data } = await client.rest.checks.listForRef({ owner, repo, ref: head, check_name: CHECK_NAME });
  return data.check_runs.find((run) => run.external_id === externalId(number))?.id;
}

function externalId(pull: number): string {
  return `loadline #${pull}`;
}

async function report(
  repository: InstalledRepository,
  pull: CheckedPull,
  { conclusion, title, summary, annotations }: CheckResult,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  const given = await givenCheck(repository, pull);
  const output = { title, summary: summary.slice(0, LONGEST_SUMMARY) };
  const done = { owner, repo, status: "completed", conclusion } as const;
  if (given !== undefined) {
    await client.rest.checks.update({ ...done, check_run_id: given, output });
    return;
  }
  const [first = [], ...more] = batches(annotations);
  const { data: made } = await client.rest.checks.create({
    ...done,
    name: CHECK_NAME,
    head_sha: pull.head,
    external_id: externalId(pull.number),
    output: { ...output, annotations: first },
    request: NOT_TWICE,
  });
  for (const batch of more)
    await client.rest.checks.update({
      owner,
      repo,
      check_run_id: made.id,
      output: { ...output, annotations: batch },
    });
}

interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: AnnotationLevel;
  message: string;
}

function batches(annotations: readonly LineNote[]): Annotation[][] {
  const all = annotations.map(({ file, line, message, level }): Annotation => ({
    path: file,
    start_line: line,
    end_line: line,
    annotation_level: level ?? "notice",
    message,
  }));
  return Array.from({ length: Math.ceil(all.length / MOST_ANNOTATIONS) }, (_, index) =>
    all.slice(index * MOST_ANNOTATIONS, (index + 1) * MOST_ANNOTATIONS),
  );
}
