import { type Delivery, deliveryKey } from "../../domain/delivery.ts";
import type { Reason } from "../../domain/reason.ts";
import { formatKeyPath, type KeyPath } from "../../manifests/key-path.ts";
import type { Recipe } from "../recipe.ts";
import type { ScannedContainer } from "../scan.ts";
import type { Doubt } from "./chain.ts";
import { type SourceField, sourceFields } from "./source-fields.ts";

/** A field of an Application's sources that lives otherwise than its file declares. */
export interface OtherField {
  readonly name: string;
  /** Of what Helm gets inline, the key in the chart's values. */
  readonly key?: KeyPath | undefined;
  /** Both sides, where they may be shown; empty where one has it not. */
  readonly shown?: { readonly declared: string; readonly lives: string } | undefined;
}

/** Field by field; empty where nothing of it is declared in a file. */
export function otherFields({ sources }: Delivery, { written = [] }: Recipe): OtherField[] {
  if (written.length === 0) return [];
  const several = written.length > 1 || sources.length > 1;
  const count = Math.max(written.length, sources.length);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const declared = sourceFields(written[index] ?? {});
    const lives = sourceFields(sources[index]?.written ?? {});
    const prefix = several ? `sources[${index}].` : "";
    return [...new Set([...declared.keys(), ...lives.keys()])].flatMap((name) =>
      otherField(`${prefix}${name}`, declared.get(name), lives.get(name)),
    );
  });
}

function otherField(
  name: string,
  declared: SourceField | undefined,
  lives: SourceField | undefined,
): OtherField[] {
  if (declared?.value === lives?.value) return [];
  const known = declared ?? lives;
  const shown = known?.open ? { declared: declared?.value ?? "", lives: lives?.value ?? "" } : undefined;
  return [{ name, ...(known?.key ? { key: known.key } : {}), ...(shown ? { shown } : {}) }];
}

/**
 * What speaks against a place that was found by what a file declares, where the Application lives otherwise: refused
 * where it concerns what sets the container's resources, else not more than probable.
 */
export function otherSpec(
  delivery: Delivery,
  at: ScannedContainer,
  others: readonly OtherField[],
): Doubt | undefined {
  const doubtful = others.filter(({ name, key }) => !isHarmless(name, key));
  if (doubtful.length === 0) return undefined;
  const setting = doubtful.filter((one) => maySet(one, at));
  const shown = describeOthers(setting.length > 0 ? setting : doubtful);
  const what = `${deliveryKey(delivery)} lives with other sources than ${at.recipe.path} declares: ${shown}`;
  const mend = "sync it, or write into the file what the cluster has";
  const reason = (message: string): Reason => ({ code: "other-spec", message, file: at.recipe.path });
  return setting.length > 0
    ? { status: "refused", reason: reason(`${what}, which decides where its resources are set; ${mend}`) }
    : { status: "probable", reason: reason(`${what}; ${mend}`) };
}

const SHOWN = 5;
const LONGEST = 80;

/** `path (apps/a in the file, apps/b in the cluster), helm.values.cpu`. */
export function describeOthers(others: readonly OtherField[]): string {
  const short = (text: string): string => text.slice(0, LONGEST).toWellFormed();
  const names = others.slice(0, SHOWN).map(({ name, shown }) => {
    if (!shown) return short(name);
    const [declared, lives] = [shown.declared, shown.lives].map((text) => short(text) || "nothing");
    return `${name} (${declared} in the file, ${lives} in the cluster)`;
  });
  const more = others.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Which image, and how many: what image updaters and autoscalers set in a cluster, and resources do not depend on. */
function isHarmless(name: string, key: KeyPath = []): boolean {
  if (/^(?:sources\[\d+\]\.)?kustomize\.(?:images|replicas)$/.test(name)) return true;
  const last = String(key.at(-1));
  if (/^image$|image[-_]?(?:tag|digest|name|repository|version)$/i.test(last)) return true;
  const ofImage = key.some((step) => /image/i.test(String(step)));
  return ofImage && /^(?:tag|digest|name|repository|version)$/i.test(last);
}

/** Of a source, what decides which files are read, and in which order they count. */
const DECIDING =
  /^(?:repoURL|path|chart|targetRevision|ref|plugin|helm\.(?:valueFiles|ignoreMissingValueFiles|fileParameters|values)|kustomize\.(?:patches|components|ignoreMissingComponents))$/;

/** Whether the field may set the container's resources, or decide where they are set. */
function maySet({ name, key }: OtherField, { fields }: ScannedContainer): boolean {
  if (key === undefined) return DECIDING.test(name.replace(/^sources\[\d+\]\./, ""));
  if (key.some((step) => /resources|requests|limits|cpu|memory/i.test(String(step)))) return true;
  return Object.values(fields).some((field) => {
    if (field.status === "refused") return false;
    const { path, inner, layer } = field.place;
    return layer === "parameter" || endsWith(inner?.path ?? path, key) || endsWith(key, inner?.path ?? path);
  });
}

function endsWith(path: KeyPath, end: KeyPath): boolean {
  return (
    end.length > 0 &&
    end.length <= path.length &&
    formatKeyPath(path.slice(-end.length)) === formatKeyPath(end)
  );
}
