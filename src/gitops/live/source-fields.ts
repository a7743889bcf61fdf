import { writtenFolder, repositoryIdentity } from "../../domain/repository-identity.ts";
import { formatKeyPath, isRecord, type KeyPath } from "../../manifests/key-path.ts";
import { parseGoYaml } from "../argocd/go-yaml.ts";

/** A field of a source of an Application, such that what means the same is equal. */
export interface SourceField {
  readonly value: string;
  /** Of what Helm gets inline, the key in the chart's values. */
  readonly key?: KeyPath;
  /** It is no secret; what is given to tools may be one. */
  readonly open?: true;
}

/** The fields that are set of a source as an Application has it, by name: `helm.values.resources.requests.cpu`. */
export function sourceFields(source: Readonly<Record<string, unknown>>): ReadonlyMap<string, SourceField> {
  const fields = new Map<string, SourceField>();
  const { repoURL, path, chart, targetRevision, ref, helm, kustomize, directory, plugin } = source;
  const open = (name: string, value: string): void => {
    if (value !== "") fields.set(name, { value, open: true });
  };
  open("repoURL", repositoryIdentity(textOf(repoURL).replace(/[?#].*$/s, "")));
  open("path", writtenFolder(textOf(path)));
  open("chart", textOf(chart));
  open("targetRevision", textOf(targetRevision).replace(/^(?:HEAD$|refs\/heads\/)/, ""));
  open("ref", textOf(ref));
  if (isRecord(helm)) for (const [name, field] of helmFields(helm)) fields.set(name, field);
  for (const [tool, options] of Object.entries({ kustomize, directory }))
    if (isRecord(options))
      for (const [key, value] of Object.entries(options)) set(fields, `${tool}.${key}`, value);
  set(fields, "plugin", plugin);
  return fields;
}

function helmFields({
  values,
  valuesObject,
  parameters,
  ...others
}: Readonly<Record<string, unknown>>): Map<string, SourceField> {
  const fields = new Map<string, SourceField>();
  for (const [key, value] of Object.entries(others)) set(fields, `helm.${key}`, value);
  // Of the two the object counts.
  const inline = isRecord(valuesObject) ? valuesObject : inlineOf(textOf(values));
  if (typeof inline === "string") set(fields, "helm.values", inline);
  else
    for (const [key, value] of leaves(inline, []))
      // What is empty is said, too: it takes the chart's own value away.
      if (key.length > 0) fields.set(`helm.values.${formatKeyPath(key)}`, { value: canonical(value), key });
  for (const parameter of Array.isArray(parameters) ? parameters.filter(isRecord) : []) {
    const name = textOf(parameter["name"]);
    const key = name.split(/\.|\[(?=\d+\])/).map((step) => step.replace(/\]$/, ""));
    const value = canonical([textOf(parameter["value"]), parameter["forceString"] === true]);
    fields.set(`helm.parameters.${name}`, { value, key });
  }
  return fields;
}

/** A text that is no map stays one, so that another is seen to differ. */
function inlineOf(text: string): Readonly<Record<string, unknown>> | string {
  const parsed = parseGoYaml(text);
  return "value" in parsed && isRecord(parsed.value) ? parsed.value : text.trim();
}

function* leaves(value: unknown, path: KeyPath): Generator<readonly [KeyPath, unknown]> {
  if (!isRecord(value) || Object.keys(value).length === 0) yield [path, value];
  else for (const [key, child] of Object.entries(value)) yield* leaves(child, [...path, key]);
}

function set(fields: Map<string, SourceField>, name: string, value: unknown): void {
  const said = canonical(value ?? null);
  if (!LEFT_OUT.has(said)) fields.set(name, { value: said });
}

/** What Go leaves out when it writes an object is not there. */
const LEFT_OUT: ReadonlySet<string> = new Set(["null", "false", '""', "[]", "{}"]);

/** Words that a manifest may have and Go reads as truth values, so that the cluster has these. */
const TRUTH = /^(?:y|yes|on)$/i;
const UNTRUTH = /^(?:n|no|off)$/i;

/** Whatever the order of keys, and whether a truth value is a word. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, child: unknown) => {
    if (typeof child === "string") return TRUTH.test(child) || (UNTRUTH.test(child) ? false : child);
    return isRecord(child)
      ? Object.fromEntries(Object.entries(child).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : child;
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
