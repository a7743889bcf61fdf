/** Writes the reference in docs/configuration.md from the schema; `--check` fails where the page is behind. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { configSchema } from "../src/config/schema.ts";

const PAGE = path.join(import.meta.dirname, "..", "docs", "configuration.md");
const BEGIN = "<!-- reference: npm run docs -->\n";
const END = "<!-- end of reference -->";

/** The part of JSON Schema that zod writes for a configuration file. */
const nodeSchema = z.object({
  description: z.string().optional(),
  type: z.union([z.string().transform((name) => [name]), z.array(z.string())]).optional(),
  enum: z.array(z.string()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).default([]),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  get items() {
    return nodeSchema.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
  get anyOf() {
    return z.array(nodeSchema).optional();
  },
});

type Node = z.infer<typeof nodeSchema>;

interface Row {
  readonly key: string;
  readonly node: Node;
  readonly required: boolean;
}

const schema = nodeSchema.parse(z.toJSONSchema(configSchema, { io: "input" }));
const page = await readFile(PAGE, "utf8");
const [before, rest] = split(page, BEGIN);
const [, after] = split(rest, END);
const written = `${before}${BEGIN}\n${reference(schema)}\n${END}${after}`;

if (!process.argv.includes("--check")) await writeFile(PAGE, written);
else if (written !== page) {
  process.stderr.write("docs/configuration.md is behind the schema: npm run docs\n");
  process.exitCode = 1;
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/configuration.md lacks the line ${mark.trim()}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

/** One table for each key of the first level. */
function reference(root: Node): string {
  const rows = children("", root);
  const [scalars, groups] = [rows.filter((row) => isLeaf(row.node)), rows.filter((row) => !isLeaf(row.node))];
  const settings = new Set(Object.keys(root.properties?.["policy"]?.properties ?? {}));
  return [
    table(scalars),
    ...groups.map(({ key, node }) => {
      const about = node.description ?? "";
      // What policies share with the default one is told there.
      const own = below(key, node).filter(
        (row) => !settings.has(/^policies\[\]\.(\w+)/.exec(row.key)?.[1] ?? ""),
      );
      return `### \`${key}\`\n\n${about}${about && "\n\n"}${table(own)}`;
    }),
  ].join("\n");
}

function below(key: string, node: Node): Row[] {
  const one = mapOf(node);
  const inner = one.items ?? one;
  const prefix = one.items ? `${key}[].` : `${key}.`;
  return children(prefix, inner).flatMap((row) =>
    isLeaf(row.node) ? [row] : [row, ...below(row.key, row.node)],
  );
}

function children(prefix: string, { properties = {}, required }: Node): Row[] {
  return Object.entries(properties).map(([name, node]) => ({
    key: `${prefix}${name}`,
    node,
    required: required.includes(name),
  }));
}

function isLeaf(node: Node): boolean {
  const { properties, items } = mapOf(node);
  return properties === undefined && items?.properties === undefined;
}

/** Where a value is a map or a list of such maps, the map: their keys are the same. */
function mapOf(node: Node): Node {
  const [map, list] = node.anyOf ?? [];
  return map?.properties && list?.items?.properties ? map : node;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ key, node, required }) =>
    [`\`${key}\``, typeOf(node), defaultOf(node, required), node.description ?? ""].join(" | "),
  );
  return ["| key | value | default | what it does |", "| --- | --- | --- | --- |"]
    .concat(lines.map((line) => `| ${line} |`))
    .join("\n")
    .concat("\n");
}

function typeOf(node: Node): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(" or ");
  if (node.anyOf) return node.anyOf.map(typeOf).join(" or ");
  if (node.items?.enum) return `list of ${typeOf(node.items)}`;
  if (node.items) return isLeaf(node.items) ? `list of ${typeOf(node.items)}s` : "list";
  if (typeof node.additionalProperties === "object")
    return `map of names to ${typeOf(node.additionalProperties)}s`;
  const [only, ...more] = Object.keys(node.properties ?? {});
  if (only !== undefined && more.length === 0) return `\`{${only}}\``;
  if (node.type?.includes("object")) return "map";
  const { minimum, maximum } = node;
  const bounds =
    minimum === undefined || maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
      ? ""
      : `, ${minimum} to ${maximum}`;
  return `${node.type?.join(" or ") ?? "value"}${bounds}`;
}

function defaultOf(node: Node, required: boolean): string {
  if (required) return "**required**";
  if (node.default === undefined || !isLeaf(node)) return "";
  return `\`${JSON.stringify(node.default).replace(/^"(.*)"$/, "$1")}\``;
}
