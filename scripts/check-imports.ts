/** Holds the direction of imports: `node scripts/check-imports.ts` names every import that goes another way. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/**
 * What each room of `src/` may import besides itself: a room (`domain`), the types of a room alone, which are
 * its nouns (`type gitops`), or one file of a room (`proposals/marker.ts`). The rooms stand in the order in
 * which data walks, and only those at the end know several.
 */
export const ROOMS: Rooms = {
  domain: [],
  config: ["domain"],
  metrics: ["domain"],
  inventory: ["domain", "metrics"],
  usage: ["domain", "metrics"],
  // How usage is summed up, which is arithmetic; never how it is read.
  advice: ["domain", "type usage", "usage/usage.ts", "usage/sketch.ts", "usage/distribution.ts"],
  backtest: [
    "domain",
    "advice",
    "usage/usage.ts",
    "usage/sketch.ts",
    "usage/distribution.ts",
    "usage/day-sketcher.ts",
  ],
  manifests: ["domain"],
  gitops: ["domain", "manifests"],
  // `gitops/scan.ts` holds nouns and what can be said of them, no rendering.
  proposals: ["domain", "type advice", "type gitops", "gitops/scan.ts"],
  // Decisions, and the file that keeps them.
  audit: ["domain"],
  // What a change of numbers means, whoever made it.
  checks: ["domain", "type gitops", "gitops/scan.ts", "type proposals", "proposals/markdown.ts"],
  // Proposed values on one pod for a while: what to do next, and what to say of it.
  trial: ["domain", "proposals/markdown.ts"],
  // The only room that writes to a cluster.
  resize: ["domain", "inventory", "type trial", "trial/trial.ts"],
  // The adapter from a clone to a tree of files is the one that `plan` uses on a folder.
  github: [
    "domain",
    "type gitops",
    "gitops/directory-tree.ts",
    "type proposals",
    "proposals/codeowners.ts",
    "proposals/commit-message.ts",
    "proposals/dashboard.ts",
    "proposals/declined.ts",
    "proposals/limits.ts",
    "proposals/marker.ts",
    "proposals/may-merge.ts",
    "proposals/order.ts",
    "proposals/superseded.ts",
  ],
  followup: ["domain", "type gitops", "type proposals", "proposals/markdown.ts", "proposals/marker.ts"],
  // What becomes of pull requests, told to clusters and to webhooks.
  announce: ["domain", "type followup", "inventory", "resize/kubernetes-writer.ts"],
  // What people read, here and in answers to commands, is written as it is in a pull request.
  report: [
    "domain",
    "audit/entry.ts",
    "checks/finding.ts",
    "type backtest",
    "type gitops",
    "type proposals",
    "proposals/markdown.ts",
    "proposals/proposal.ts",
    "gitops/scan.ts",
    "gitops/trace/place.ts",
  ],
  commands: ["domain", "type proposals", "proposals/markdown.ts", "gitops/scan.ts", "gitops/trace/place.ts"],
  "telemetry.ts": [],
  sweep: [
    "domain",
    "config",
    "metrics",
    "inventory",
    "usage",
    "advice",
    "audit",
    "gitops",
    "checks",
    "proposals",
    "github",
    "followup",
    "announce",
    "trial",
    "resize",
    "type telemetry.ts",
  ],
  orders: [
    "type audit",
    "domain",
    "commands",
    "github",
    "manifests",
    "proposals/markdown.ts",
    "proposals/marker.ts",
    "type proposals",
    "sweep",
    "type telemetry.ts",
  ],
  "app.ts": [
    "orders",
    "type audit",
    "commands",
    "github",
    "proposals/marker.ts",
    "sweep",
    "type telemetry.ts",
  ],
  "serve.ts": ["app.ts", "domain", "orders", "sweep", "telemetry.ts"],
  cli: [
    "domain",
    "config",
    "type advice",
    "advice/strategies/strategies.ts",
    "audit",
    "backtest",
    "checks",
    "gitops",
    "github",
    "report",
    "sweep",
    "serve.ts",
  ],
  "young-generation.ts": [],
  "main.ts": ["cli", "young-generation.ts"],
};

/** Rooms without clock, network, files or environment, and all that they may have of Node. */
const PURE = new Set([
  "domain",
  "advice",
  "backtest",
  "manifests",
  "checks",
  "proposals",
  "trial",
  "followup",
  "commands",
  "report",
]);
const PURE_MODULES = ["node:crypto", "node:path/posix", "node:util"];

type Rooms = Readonly<Record<string, readonly string[]>>;

interface Import {
  readonly from: string;
  readonly line: number;
  readonly typesOnly: boolean;
}

/** One sentence for each forbidden import below `source`, with file and line; none where all is well. */
export async function forbiddenImports(source: string, rooms: Rooms = ROOMS): Promise<string[]> {
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const found = await Promise.all(
    files.sort().map(async (file) => {
      const room = roomOf(file);
      const allowed = rooms[room];
      if (allowed === undefined)
        return [`${file}:1: ${room} has no line in the table of scripts/check-imports.ts`];
      const imports = importsOf(file, await readFile(path.join(source, file), "utf8"));
      return imports.flatMap((one) => {
        const fault = faultOf(one, file, room, allowed);
        return fault === undefined ? [] : [`${file}:${one.line}: ${fault}`];
      });
    }),
  );
  return found.flat();
}

function faultOf(
  { from, typesOnly }: Import,
  file: string,
  room: string,
  allowed: readonly string[],
): string | undefined {
  if (from.startsWith("node:"))
    return PURE.has(room) && !PURE_MODULES.includes(from)
      ? `imports ${from}; ${room} is pure and may have of Node ${PURE_MODULES.join(", ")}`
      : undefined;
  if (!from.startsWith(".")) return undefined;
  const target = path.posix.join(path.posix.dirname(file), from);
  if (target.startsWith("..")) return `imports ${target}, which is outside of src`;
  const other = roomOf(target);
  if (other === room || allowed.includes(other) || allowed.includes(target)) return undefined;
  if (typesOnly && allowed.includes(`type ${other}`)) return undefined;
  const what = typesOnly ? `types of ${target}` : target;
  return `imports ${what}; ${room} may import ${allowed.join(", ") || "no other room"}`;
}

/** `gitops` for `gitops/render/helm.ts`; a file that stands in no room is one of its own. */
function roomOf(file: string): string {
  return file.split("/", 1)[0] ?? file;
}

/** Every way to import, types in the middle of a type (`import("…").Name`) too. */
function importsOf(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const imports: Import[] = [];
  const add = (from: unknown, start: number, typesOnly: boolean): void => {
    const line = text.slice(0, start).split("\n").length;
    if (typeof from === "string") imports.push({ from, line, typesOnly });
  };
  new Visitor({
    ImportDeclaration: ({ source, start, importKind, specifiers }) =>
      add(source.value, start, importKind === "type" || onlyTypes(specifiers)),
    ExportNamedDeclaration: ({ source, start, exportKind }) =>
      add(source?.value, start, exportKind === "type"),
    ExportAllDeclaration: ({ source, start, exportKind }) => add(source.value, start, exportKind === "type"),
    ImportExpression: ({ source, start }) => add("value" in source ? source.value : undefined, start, false),
    TSImportType: ({ source, start }) => add(source.value, start, true),
  }).visit(program);
  return imports;
}

function onlyTypes(specifiers: readonly { readonly type: string; readonly importKind?: string }[]): boolean {
  return (
    specifiers.length > 0 &&
    specifiers.every(({ type, importKind }) => type === "ImportSpecifier" && importKind === "type")
  );
}

if (import.meta.main) {
  const faults = await forbiddenImports(path.join(import.meta.dirname, "..", "src"));
  for (const fault of faults) process.stderr.write(`src/${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
