import { isDeepStrictEqual } from "node:util";
import { isEncrypted } from "../../manifests/documents.ts";
import { type KeyPath, valueAt } from "../../manifests/key-path.ts";
import type { Declared, Origin } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import type { Asker, FluxObjects } from "./objects.ts";
import { type ContentReference, fluxSchemas, parse } from "./schema.ts";

/** A place in a file at which a text or a map of an object stands. */
export type Place = Origin & { readonly path: KeyPath };

/** What a ConfigMap or a Secret holds; of an encrypted one the keys are known, and the values are not. */
export interface Content {
  readonly declared: Declared;
  readonly keys: readonly string[];
  readonly encrypted: boolean;
  readonly textOf: (key: string) => string | undefined;
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
  const encrypted = isEncrypted(declared.object);
  const texts = kind === "ConfigMap" ? configMapTexts(declared) : secretTexts(declared);
  return {
    declared,
    encrypted,
    keys: [...texts.keys()],
    textOf: (key) => (encrypted ? undefined : texts.get(key)),
  };
}

/** Where a part of an object stands in its file, unless what is rendered differs there. */
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
    isDeepStrictEqual(valueAt(written, path), valueAt(object, path));
  return same ? { ...origin, path } : undefined;
}

function configMapTexts({ object }: Declared): Map<string, string> {
  return texts(parse(fluxSchemas.configMap, object, "the ConfigMap").data);
}

function secretTexts({ object }: Declared): Map<string, string> {
  const { data, stringData } = parse(fluxSchemas.secret, object, "the Secret");
  const decoded = [...texts(data)].map(
    ([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")] as const,
  );
  return new Map([...decoded, ...texts(stringData)]);
}

function texts(data: Readonly<Record<string, unknown>> | null | undefined): Map<string, string> {
  return new Map(
    Object.entries(data ?? {}).flatMap(([key, value]) =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [[key, String(value)] as const]
        : [],
    ),
  );
}
