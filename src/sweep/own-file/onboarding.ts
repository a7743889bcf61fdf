import { createHash } from "node:crypto";
import { REPOSITORY_FILE } from "../../config/repository-file.ts";
import type { Grouping } from "../../domain/grouping.ts";
import { describeReason, type Reason } from "../../domain/reason.ts";
import type { NewPull } from "../../github/open-pull.ts";
import type { Recipe } from "../../gitops/recipe.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import type { Method, PlannedContainer } from "../../proposals/evidence.ts";
import { code, prose, table } from "../../proposals/markdown.ts";
import { writeMarker } from "../../proposals/marker.ts";
import type { Proposal } from "../../proposals/proposal.ts";
import { counted, nameOf } from "../../proposals/sections/words.ts";
import { describeChange, totalChange } from "../../proposals/totals.ts";
import { FIRST_FILE } from "./first-file.ts";
import type { Plan } from "../plan.ts";

const TITLE = "Configure Loadline";
const ROWS_SHOWN = 30;
const EXAMPLES_SHOWN = 3;

/** The pull request that adds a repository's own file, and says what was found there and would be proposed. */
export function onboardingPull(
  { name, scan }: { readonly name: string; readonly scan: Pick<RepositoryScan, "recipes" | "containers"> },
  plan: Pick<Plan, "containers" | "proposals">,
  method: Method,
): Omit<NewPull, "branch"> {
  const mine = plan.containers.filter(({ source }) => source.at?.repository === name);
  const proposals = plan.proposals.filter(({ repository }) => repository === name);
  const text = [
    headline(mine, proposals, method),
    `Merge this, and the pull requests for that come, few at a time, each with its evidence and proof. Until then nothing else is opened here. Close it, and Loadline is silent until there is a ${code(REPOSITORY_FILE)}. What it holds may be changed here or later; as it is, it changes nothing of what the operator of this Loadline has set.`,
    changes(proposals, method),
    recipes(scan.recipes),
    declared(scan, mine),
    reasons("### What is left as it is", mine.flatMap(holdsOf)),
  ]
    .filter((section) => section !== "")
    .join("\n\n");
  const fingerprint = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return {
    title: TITLE,
    body: `${text}\n\n${writeMarker({ version: 1, fingerprint, workloads: [] })}\n`,
    files: [{ path: REPOSITORY_FILE, after: FIRST_FILE }],
  };
}

function headline(
  mine: readonly PlannedContainer[],
  proposals: readonly Proposal[],
  { prices }: Method,
): string {
  const changed = proposals.flatMap(({ containers }) => containers);
  const found = `Loadline found the lines of ${counted(mine.length, "running container")} in this repository`;
  if (changed.length === 0) return `**${found}, and has nothing to propose for now.**`;
  return `**${found}, and would change ${changed.length} of them: ${describeChange(totalChange(changed), prices)}.**`;
}

function changes(proposals: readonly Proposal[], { prices }: Method): string {
  if (proposals.length === 0) return "";
  const rows = proposals
    .slice(0, ROWS_SHOWN)
    .map(({ group: { by, name }, containers, files }) => [
      code(name === "" ? (EMPTY_NAMES[by] ?? "") : name),
      String(containers.length),
      describeChange(totalChange(containers), prices),
      String(files.length),
    ]);
  const rest = proposals.length - rows.length;
  return [
    "### What would change",
    "",
    table([proposals[0]?.group.by ?? "", "containers", "requests", "files"], rows),
    ...(rest > 0 ? ["", `and ${rest} more`] : []),
  ].join("\n");
}

const EMPTY_NAMES: Readonly<Partial<Record<Grouping, string>>> = {
  application: "/",
  repository: "/",
  team: "nobody",
};

function recipes(found: readonly Recipe[]): string {
  const rows = [...Map.groupBy(found, ({ kind }) => kind)].map(([kind, those]) => {
    const refused = those.filter((recipe) => recipe.refused).length;
    return [kind, String(those.length - refused), String(refused)];
  });
  if (rows.length === 0) return "### What was found\n\nNo manifests.";
  const refused = found.flatMap(({ path, id, refused: reason }) =>
    reason ? [{ reason, of: path === "" ? id : path }] : [],
  );
  return [
    "### What was found",
    "",
    table(["kind of source", "rendered", "refused"], rows),
    ...(refused.length > 0 ? ["", ...listed(refused)] : []),
  ].join("\n");
}

/** How sure the place of each container is; what runs nowhere is only counted. */
function declared(
  { containers }: Pick<RepositoryScan, "containers">,
  mine: readonly PlannedContainer[],
): string {
  const running = new Set(mine.map(({ source }) => source.at));
  const idle = containers.filter((at) => !running.has(at)).length;
  const rows = [...Map.groupBy(mine, ({ source }) => source.status)].map(([status, those]) => [
    status,
    String(those.length),
  ]);
  return [
    "### Containers",
    "",
    ...(rows.length > 0 ? [table(["their place in the files is", "containers"], rows)] : []),
    ...(idle > 0
      ? ["", `${counted(idle, "container")} declared here run in no cluster that was looked at.`]
      : []),
  ].join("\n");
}

interface Held {
  readonly reason: Reason;
  readonly of: string;
}

function holdsOf(container: PlannedContainer): Held[] {
  const { source, held } = container;
  const of = nameOf(container);
  const unplaced = source.proof === undefined && source.reason ? [{ reason: source.reason, of }] : [];
  return [...unplaced, ...held.map((reason) => ({ reason, of }))];
}

function reasons(heading: string, held: readonly Held[]): string {
  return held.length === 0 ? "" : [heading, "", ...listed(held)].join("\n");
}

/** By reason, the most frequent first, each with a few examples. */
function listed(held: readonly Held[]): string[] {
  const groups = [...Map.groupBy(held, ({ reason }) => reason.code)].map(([why, those]) => ({
    why,
    names: [...new Set(those.map(({ of }) => of))],
    said: those.slice(0, 1).map(({ reason }) => prose(describeReason(reason).slice(0, 300).toWellFormed())),
  }));
  const ordered = groups.sort((a, b) => b.names.length - a.names.length).slice(0, ROWS_SHOWN);
  return ordered.map(({ why, names, said }) => {
    const more = names.length > EXAMPLES_SHOWN ? ` and ${names.length - EXAMPLES_SHOWN} more` : "";
    const examples = names.slice(0, EXAMPLES_SHOWN).map((name) => code(name.slice(0, 200).toWellFormed()));
    return `- ${code(why)}, ${names.length}: ${examples.join(", ")}${more}. For example: ${said.join("")}`;
  });
}
