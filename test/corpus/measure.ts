import { realpath } from "node:fs/promises";
import path from "node:path";
import { describeReason, type Reason } from "../../src/domain/reason.ts";
import { NO_RESOURCES, RESOURCE_FIELDS, type ResourceField, withAmount } from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import type { ChangeResult, ContainerChange } from "../../src/gitops/tree-change.ts";
import { directoryTree, remotesOf } from "../../src/gitops/directory-tree.ts";
import { expand } from "../../src/gitops/expand.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import type { ScannedContainer } from "../../src/gitops/scan.ts";
import { placeKey } from "../../src/gitops/trace/place.ts";
import { isOwnAddress } from "../../src/domain/repository-identity.ts";
import { openRenderer } from "../../src/sweep/open/open-renderer.ts";
import { collateralLines } from "./collateral.ts";

/** How often each thing was seen, by its name. */
export type Counts = Record<string, number>;

/** What was seen of one repository; times in seconds, memory in MiB. */
export interface Measured {
  readonly repository: string;
  readonly files: number;
  readonly recipes: { readonly rendered: Counts; readonly refused: Counts };
  readonly containers: number;
  readonly fields: { readonly proven: number; readonly probable: number; readonly refused: Counts };
  /** One for each container of which some field is proven. */
  readonly changes: { readonly proven: number; readonly unchanged: number; readonly refused: Counts };
  readonly collateral: readonly string[];
  /** Proofs that did not succeed, in words, and what was refused, one example of each sentence. */
  readonly failed: readonly string[];
  readonly examples: Readonly<Record<string, readonly string[]>>;
  readonly renders: number;
  readonly seconds: { readonly find: number; readonly scan: number; readonly set: number };
  readonly peakMemory: number;
}

const EXAMPLES = 12;

/** Scans a folder, and sets every proven request of every container in a copy in memory. */
export async function measure(folder: string): Promise<Measured> {
  const tree = await directoryTree(folder);
  const root = await realpath(folder);
  const options = { renderer: await openRenderer(), isOwn: isOwnAddress(await remotesOf(root)) };
  const found = await timed(async () => await expand(tree, { ...options, skip: () => true }));
  const scanned = await timed(async () => await scanRepository(path.basename(root), tree, options));
  const scan = scanned.value;
  const set = await timed(async () => await setEverything(scan));
  const fields = scan.containers.flatMap((container) => Object.values(container.fields));
  const failed = set.value.results.flatMap((result) =>
    result.status === "refused" && result.reason.code === "proof-failed" ? [describeResult(result)] : [],
  );
  return {
    repository: path.basename(root).replace("_", "/"),
    files: scan.sources.files.length,
    recipes: {
      rendered: count(scan.recipes.filter(({ refused }) => !refused).map(({ kind }) => kind)),
      refused: count(
        scan.recipes.flatMap(({ kind, refused }) => (refused ? [`${kind} ${refused.code}`] : [])),
      ),
    },
    containers: scan.containers.length,
    fields: {
      proven: fields.filter(({ status }) => status === "proven").length,
      probable: fields.filter(({ status }) => status === "probable").length,
      refused: count(fields.flatMap((field) => (field.status === "refused" ? [field.reason.code] : []))),
    },
    changes: {
      proven: set.value.results.filter(({ status }) => status === "proven").length,
      unchanged: set.value.results.filter(({ status }) => status === "unchanged").length,
      refused: count(
        set.value.results.flatMap((result) => (result.status === "refused" ? [result.reason.code] : [])),
      ),
    },
    collateral: set.value.collateral,
    failed,
    examples: examplesOf(scan, set.value.results),
    renders: scan.renders + set.value.renders,
    seconds: { find: found.seconds, scan: scanned.seconds, set: set.seconds },
    peakMemory: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

interface SetAll {
  readonly results: readonly ChangeResult[];
  readonly collateral: readonly string[];
  readonly renders: number;
}

async function setEverything(scan: RepositoryScan): Promise<SetAll> {
  const changes = scan.containers.flatMap((at, index) => changeOf(at, index));
  return await setTogether(scan, groupsThatShare(changes));
}

/** An amount of its own for each container, so that a number that goes astray is seen. */
function changeOf(at: ScannedContainer, index: number): ContainerChange[] {
  const wanted = (["requests.cpu", "requests.memory"] as const)
    .filter((resource) => at.fields[resource].status === "proven")
    .reduce((amounts, resource) => withAmount(amounts, resource, amountFor(resource, index)), NO_RESOURCES);
  return wanted === NO_RESOURCES ? [] : [{ at, wanted }];
}

function amountFor(resource: ResourceField, index: number): string {
  return resource.endsWith("cpu") ? `${1013 + index}m` : `${2017 + index}Mi`;
}

/** Containers that share a line are asked for together, as a person would. */
function groupsThatShare(changes: readonly ContainerChange[]): ContainerChange[][] {
  const groupOf = new Map<string, ContainerChange[]>();
  for (const change of changes) {
    const keys = RESOURCE_FIELDS.flatMap((resource) => {
      const field = change.at.fields[resource];
      return field.status === "refused" ? [] : [placeKey(field.place)];
    });
    const shared = new Set(keys.flatMap((key) => groupOf.get(key) ?? []));
    const group = [...shared, change];
    const allKeys = [...groupOf].filter(([, members]) => members.some((member) => shared.has(member)));
    for (const key of [...keys, ...allKeys.map(([key]) => key)]) groupOf.set(key, group);
  }
  return [...new Set(groupOf.values())];
}

/** All in one call; where too much of it fails for one call to settle, in halves. */
async function setTogether(scan: RepositoryScan, groups: readonly ContainerChange[][]): Promise<SetAll> {
  const { results, files, renders } = await changeRepository(scan, groups.flat());
  const unsettled = files.length === 0 && results.some((result) => isUnsettled(result));
  if (!unsettled || groups.length < 2) {
    const collateral = files.flatMap(({ path: file, before = "", after }) =>
      collateralLines(before, after).map((line) => `${file}: ${line}`),
    );
    return { results, collateral, renders };
  }
  const middle = Math.ceil(groups.length / 2);
  const first = await setTogether(scan, groups.slice(0, middle));
  const second = await setTogether(scan, groups.slice(middle));
  return {
    results: [...first.results, ...second.results],
    collateral: [...first.collateral, ...second.collateral],
    renders: renders + first.renders + second.renders,
  };
}

function isUnsettled(result: ChangeResult): boolean {
  return result.status === "refused" && result.reason.message.includes("together with the other changes");
}

function examplesOf(scan: RepositoryScan, results: readonly ChangeResult[]): Record<string, string[]> {
  const examples: Record<string, string[]> = {};
  const add = (title: string, sentence: string): void => {
    const known = (examples[title] ??= []);
    if (known.length < EXAMPLES) known.push(sentence);
  };
  for (const { id, refused } of scan.recipes)
    if (refused) add(`recipe ${refused.code}`, `${id}: ${describeReason(refused)}`);
  for (const at of scan.containers)
    for (const field of Object.values(at.fields))
      if (field.reason)
        add(
          `field ${field.status} ${field.reason.code}`,
          `${nameOf(at)} ${field.resource}: ${describeReason(field.reason)}`,
        );
  for (const result of results)
    if (result.status === "refused") add(`change ${result.reason.code}`, describeResult(result));
  return examples;
}

function describeResult({ change, reason }: { change: ContainerChange; reason: Reason }): string {
  return `${nameOf(change.at)}: ${describeReason(reason)}`;
}

function nameOf({ recipe, kind, workload, container }: ScannedContainer): string {
  return `${recipe.id} ${kind}/${workload} ${container}`;
}

function count(names: readonly string[]): Counts {
  const counts: Counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function timed<Value>(run: () => Promise<Value>): Promise<{ value: Value; seconds: number }> {
  const started = performance.now();
  const value = await run();
  return { value, seconds: Math.round(performance.now() - started) / 1000 };
}
