import { createHash } from "node:crypto";
import path from "node:path/posix";
import { createTwoFilesPatch } from "diff";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import { isQuantity, type Quantity } from "../domain/quantity.ts";
import type { ResourceField } from "../domain/resources.ts";
import type { FileChange } from "../gitops/tree-change.ts";
import { placeOf } from "../gitops/scan.ts";
import { renderBody } from "./body.ts";
import { markerName, type Method, type PlannedContainer } from "./evidence.ts";
import type { GroupName } from "./branch.ts";
import type { Group } from "./groups.ts";
import { plain } from "./markdown.ts";
import { writeMarker } from "./marker.ts";
import { describeChange, totalChange } from "./totals.ts";

/** A pull request before it meets GitHub. */
export interface Proposal {
  readonly repository: string;
  readonly group: GroupName;
  readonly branch: string;
  readonly title: string;
  /** Markdown, the hidden marker included. */
  readonly body: string;
  readonly fingerprint: string;
  readonly files: readonly FileChange[];
  readonly containers: readonly PlannedContainer[];
}

/** The proposal for a group whose files change; these are all files that a proven edit changes, or those of the group. */
export function propose(
  repository: string,
  group: Group,
  files: readonly FileChange[],
  method: Method,
): Proposal | undefined {
  const { by, name, branch, members, touched, only } = group;
  const proven = members.filter(({ source }) => source.proof !== undefined);
  const changed = files.filter((file) => touched.has(file.path));
  if (changed.length === 0 || proven.length === 0) return undefined;
  const fingerprint = digestOf([...new Set(proven.flatMap(edits))].sort());
  const marker = writeMarker({
    version: 1,
    fingerprint,
    base: digestOf(changed.map(({ path: file, before }) => [file, before ?? null])),
    workloads: proven.map(markerName),
    proposed: Object.fromEntries(proven.map((one) => [markerName(one), amountsOf(one, "after")])),
    before: Object.fromEntries(proven.map((one) => [markerName(one), amountsOf(one, "before")])),
    ...(by === USUAL_GROUPING ? {} : { group: by }),
    ...(only ? { said: { only: [...only] } } : {}),
  });
  const held = members.filter(({ held: holds, source }) => holds.length > 0 || source.proof === undefined);
  return {
    repository,
    group: { by, name },
    branch,
    title: `Right-size ${subjectOf(repository, group)}: ${describeChange(totalChange(proven))}`,
    body: `${renderBody(proven, held, method)}\n${marker}\n`,
    fingerprint,
    files: changed,
    containers: proven,
  };
}

/** A unified diff as git prints it. */
export function unifiedDiff(file: FileChange): string {
  const before = file.before === undefined ? "/dev/null" : `a/${file.path}`;
  const patch = createTwoFilesPatch(before, `b/${file.path}`, file.before ?? "", file.after, "", "", {
    context: 3,
  });
  return patch.replace(/^=+\n/, "");
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** As cgroups have it, a limit of nothing is none. */
function amountsOf(
  { source }: PlannedContainer,
  when: "before" | "after",
): Partial<Record<ResourceField, Quantity>> {
  const none = when === "after" ? "0" : undefined;
  return Object.fromEntries(
    (source.proof?.changed ?? []).flatMap(({ resource, [when]: amount = none }) =>
      amount !== undefined && isQuantity(amount) ? [[resource, amount]] : [],
    ),
  );
}

/**
 * What a container's part of the proposal changes, in the words of Kubernetes: what is added or moved around
 * it in the files makes no difference.
 */
function edits({ source }: PlannedContainer): string[] {
  const { at, proof } = source;
  if (!at) return [];
  return (proof?.changed ?? []).map(({ resource, before, after }) =>
    JSON.stringify([
      placeOf(at, resource)?.file ?? null,
      at.kind,
      at.namespace ?? null,
      at.workload,
      at.container,
      resource,
      before ?? null,
      after ?? null,
    ]),
  );
}

/** GitHub takes 256 characters for a title. */
const LONGEST_NAME = 120;

function subjectOf(repository: string, { by, name, only = [] }: Group): string {
  const [split] = only;
  const subject = split === undefined ? groupSubject(repository, by, name) : splitSubject(by, name, split);
  const text = plain(subject);
  return text.length <= LONGEST_NAME ? text : `…${text.slice(1 - LONGEST_NAME)}`.toWellFormed();
}

function groupSubject(repository: string, by: Grouping, name: string): string {
  switch (by) {
    case "application":
      return name === "" ? path.basename(repository) : name;
    case "namespace":
    case "cluster":
      return `${by} ${name}`;
    case "team":
      return name === "" ? "what nobody owns" : `what ${name} owns`;
    case "repository":
      return path.basename(repository);
    case "workload":
      return name;
  }
}

function splitSubject(by: Grouping, name: string, workload: string): string {
  return by === "application" ? `${name}/${path.basename(workload)}` : workload;
}
