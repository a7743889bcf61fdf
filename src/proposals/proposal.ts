import { createHash } from "node:crypto";
import path from "node:path/posix";
import { createTwoFilesPatch } from "diff";
import type { Quantity } from "../domain/quantity.ts";
import type { ResourceField } from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
import type { FileChange } from "../gitops/tree-change.ts";
import type { Recipe } from "../gitops/recipe.ts";
import { placeOf } from "../gitops/scan.ts";
import { renderBody } from "./body.ts";
import { markerName, type Method, type PlannedContainer } from "./evidence.ts";
import { plain } from "./markdown.ts";
import { readMarker, withMarker, writeMarker } from "./marker.ts";
import { describeChange, totalChange } from "./totals.ts";

/** A pull request before it meets GitHub. */
export interface Proposal {
  readonly repository: string;
  /** The application's folder; empty for the root of the repository. */
  readonly folder: string;
  readonly branch: string;
  readonly title: string;
  /** Markdown, the hidden marker included. */
  readonly body: string;
  readonly fingerprint: string;
  readonly files: readonly FileChange[];
  readonly containers: readonly PlannedContainer[];
}

/** One proposal for each application folder whose files change, in the order of their folders. */
export function propose(
  repository: string,
  files: readonly FileChange[],
  containers: readonly PlannedContainer[],
  method: Method,
): Proposal[] {
  return applications(containers).flatMap(({ folder, members, touched }) => {
    const proven = members.filter(({ source }) => source.proof !== undefined);
    const changed = files.filter((file) => touched.has(file.path));
    return changed.length === 0 ? [] : [proposal(repository, folder, changed, proven, members, method)];
  });
}

/** A pull request that stands for some workloads of a folder only, `Kind/namespace/name`, since it was split. */
export interface Split {
  readonly branch: string;
  readonly only: readonly string[];
}

/** The workloads of a proposal, each to be proposed alone, where any of them was split off before. */
export function splitWorkloads(
  { branch, containers }: Proposal,
  splits: readonly Split[],
): ReadonlyMap<string, readonly PlannedContainer[]> | undefined {
  const byWorkload = Map.groupBy(containers, ({ workload }) => workloadKey(workload));
  const apart = splits.some(
    (split) => split.branch === branch || split.only.some((key) => byWorkload.has(key)),
  );
  return apart && byWorkload.size > 0 ? byWorkload : undefined;
}

/** A proposal for one workload of an application. */
export function proposeAlone(
  { repository, folder }: Proposal,
  key: string,
  files: readonly FileChange[],
  containers: readonly PlannedContainer[],
  splits: readonly Split[],
  method: Method,
): Proposal[] {
  const proven = containers.filter(({ source }) => source.proof !== undefined);
  if (files.length === 0 || proven.length === 0) return [];
  const name = `${folder}/${key.split("/").at(-1)}`;
  const branch =
    splits.find(({ only }) => only.includes(key))?.branch ?? `loadline/${slug(`${folder}/${key}`)}`;
  const made = proposal(repository, name, files, proven, containers, method);
  const marker = readMarker(made.body);
  if (!marker) return [];
  return [{ ...made, folder, branch, body: withMarker(made.body, { ...marker, said: { only: [key] } }) }];
}

interface Application {
  folder: string;
  members: PlannedContainer[];
  touched: Set<string>;
}

/** Containers by application, in the order of their folders; those that change the same file go together. */
function applications(containers: readonly PlannedContainer[]): Application[] {
  const byFolder = Map.groupBy(containers, ({ source }) =>
    source.at ? folderOfRecipe(source.at.recipe) : "",
  );
  const apart: Application[] = [];
  for (const [folder, members] of [...byFolder].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const touched = new Set(members.flatMap(({ source }) => source.files ?? []));
    const sharing = apart.filter((other) => !other.touched.isDisjointFrom(touched));
    const [home = { folder, members: [], touched: new Set<string>() }, ...rest] = sharing;
    if (sharing.length === 0) apart.push(home);
    for (const other of [{ folder, members, touched }, ...rest]) {
      home.members.push(...other.members);
      for (const file of other.touched) home.touched.add(file);
    }
    for (const merged of rest) apart.splice(apart.indexOf(merged), 1);
  }
  return apart;
}

/** Of an Application or a HelmRelease, of which a file may hold many, its name counts too. */
function folderOfRecipe({ path: at, name }: Recipe): string {
  return name === undefined ? at : path.join(path.dirname(at), name);
}

/** A unified diff as git prints it. */
export function unifiedDiff(file: FileChange): string {
  const before = file.before === undefined ? "/dev/null" : `a/${file.path}`;
  const patch = createTwoFilesPatch(before, `b/${file.path}`, file.before ?? "", file.after, "", "", {
    context: 3,
  });
  return patch.replace(/^=+\n/, "");
}

function proposal(
  repository: string,
  folder: string,
  files: readonly FileChange[],
  proven: readonly PlannedContainer[],
  all: readonly PlannedContainer[],
  method: Method,
): Proposal {
  const fingerprint = digestOf([...new Set(proven.flatMap(edits))].sort());
  const marker = writeMarker({
    version: 1,
    fingerprint,
    base: digestOf(files.map(({ path: file, before }) => [file, before ?? null])),
    workloads: proven.map(markerName),
    proposed: Object.fromEntries(proven.map((one) => [markerName(one), proposedAmounts(one)])),
  });
  const held = all.filter(({ held: holds, source }) => holds.length > 0 || source.proof === undefined);
  return {
    repository,
    folder,
    branch: `loadline/${slug(folder)}`,
    title: `Right-size ${shortName(repository, folder)}: ${describeChange(totalChange(proven))}`,
    body: `${renderBody(proven, held, method)}\n${marker}\n`,
    fingerprint,
    files,
    containers: proven,
  };
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

function proposedAmounts({ source }: PlannedContainer): Partial<Record<ResourceField, Quantity>> {
  return Object.fromEntries((source.proof?.changed ?? []).map(({ resource, after }) => [resource, after]));
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
      after,
    ]),
  );
}

/** GitHub takes 256 characters for a title. */
const LONGEST_NAME = 120;

function shortName(repository: string, folder: string): string {
  const name = plain(folder === "" ? path.basename(repository) : folder);
  return name.length <= LONGEST_NAME ? name : `…${name.slice(1 - LONGEST_NAME)}`.toWellFormed();
}

const LONGEST_SLUG = 60;
const PLAIN_FOLDER = /^[a-z0-9]+(?:\/[a-z0-9]+)*$/;

/**
 * A branch name's last part: readable, and unique also where folders differ only in odd characters, since
 * those get a hash. A plain folder that looks like that, or like the root, gets one too.
 */
function slug(folder: string): string {
  if (folder === "") return "root";
  const readable = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  const taken = folder === "root" || /\/[0-9a-f]{10}$/.test(folder);
  if (PLAIN_FOLDER.test(folder) && folder.length <= LONGEST_SLUG && !taken) return readable;
  return `${readable.slice(0, LONGEST_SLUG)}-${createHash("sha256").update(folder).digest("hex").slice(0, 10)}`;
}
