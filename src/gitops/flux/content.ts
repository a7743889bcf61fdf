import { isRecord, type KeyPath, valueAt } from "../../manifests/key-path.ts";
import type { Declared, Origin } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import type { Asker, FluxObjects } from "./objects.ts";
import { type ContentReference, fluxSchemas, parse } from "./schema.ts";

/** A place in a file at which a text or a map of an object stands. */
export type Place = Origin & { readonly path: KeyPath };

/** What a ConfigMap or a Secret holds, by its keys; of what SOPS encrypted the keys are known, and no more. */
export interface Content {
  readonly declared: Declared;
  readonly texts: ReadonlyMap<string, string | { readonly encrypted: true }>;
}

/** `undefined` where no file has it. */
export function contentOf(
  { kind, name }: ContentReference,
  asker: Asker,
  objects: FluxObjects,
): Content | undefined {
  if (kind !== "ConfigMap" && kind !== "Secret") return undefined;
  const declared = objects.find(kind, name, asker);
  if (declared === undefined) return undefined;
  return { declared, texts: kind === "ConfigMap" ? configMapTexts(declared) : secretTexts(declared) };
}

/** Where a part of an object stands in its file, unless what is rendered differs by more than variables there. */
export async function placeOf(
  { object, origin }: Declared,
  path: KeyPath,
  sources: Sources,
): Promise<Place | undefined> {
  if (!sources.has(origin.file)) return undefined;
  const data = await sources.data(origin.file);
  if ("refused" in data) return undefined;
  const written = data.values[origin.document];
  const same =
    valueAt(written, ["kind"]) === object["kind"] &&
    valueAt(written, path) !== undefined &&
    isWritten(valueAt(written, path), valueAt(object, path));
  return same ? { ...origin, path } : undefined;
}

/** Whether a value can have come of what is written, with variables filled in. */
function isWritten(written: unknown, value: unknown): boolean {
  if (typeof written === "string" && written.includes("${")) return true;
  if (Array.isArray(written))
    return (
      Array.isArray(value) &&
      value.length === written.length &&
      written.every((item, index) => isWritten(item, value[index]))
    );
  if (!isRecord(written)) return written === value;
  return (
    isRecord(value) &&
    Object.keys(value).length === Object.keys(written).length &&
    Object.entries(written).every(
      ([key, item]) => key.includes("${") || (Object.hasOwn(value, key) && isWritten(item, value[key])),
    )
  );
}

function configMapTexts({ object }: Declared): Content["texts"] {
  return texts(parse(fluxSchemas.configMap, object, "the ConfigMap").data);
}

function secretTexts({ object }: Declared): Content["texts"] {
  const { data, stringData } = parse(fluxSchemas.secret, object, "the Secret");
  return new Map([...texts(data, "base64"), ...texts(stringData)]);
}

function texts(
  data: Readonly<Record<string, unknown>> | null | undefined,
  encoding: "base64" | "utf8" = "utf8",
): Map<string, string | { encrypted: true }> {
  const found = new Map<string, string | { encrypted: true }>();
  for (const [key, value] of Object.entries(data ?? {})) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
    const text = String(value);
    found.set(
      key,
      text.startsWith("ENC[") ? { encrypted: true } : Buffer.from(text, encoding).toString("utf8"),
    );
  }
  return found;
}
