import { stringify } from "yaml";
import { isRecord } from "../../../manifests/key-path.ts";
import { parseGoYaml } from "../go-yaml.ts";
import { list, record, text, wrongArgument } from "./arguments.ts";
import { sortedEntries } from "./values.ts";

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

export const encodings: Record<string, (...values: readonly unknown[]) => unknown> = {
  toYaml: (value) =>
    stringify(plain(value), {
      version: "1.1",
      sortMapEntries: true,
      lineWidth: 0,
      indentSeq: false,
      aliasDuplicateObjects: false,
    }).replace(/\n$/, ""),
  fromYaml: (value) => record(parsed(text(value)) ?? {}),
  fromYamlArray: (value) => list(parsed(text(value)) ?? []),
  toJson: (value) => json(value).replaceAll(/[<>&]/g, escaped),
  toRawJson: json,
  fromJson: (value) => parsed(text(value)),
  b64enc: (value) => Buffer.from(text(value)).toString("base64"),
  b64dec: (value) =>
    BASE64.test(text(value)) ? Buffer.from(text(value), "base64").toString() : wrongArgument(),
};

/** Keys in Go's order. */
function json(value: unknown): string {
  return JSON.stringify(plain(value), (_, child: unknown) =>
    isRecord(child) ? Object.fromEntries(sortedEntries(child)) : child,
  );
}

function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}

/** Go's ints as numbers again. */
function plain(value: unknown): unknown {
  const copy: unknown = JSON.parse(
    JSON.stringify(value ?? null, (_, child: unknown) => (typeof child === "bigint" ? Number(child) : child)),
  );
  return copy;
}

function parsed(value: string): unknown {
  const data = parseGoYaml(value);
  return "refused" in data ? wrongArgument() : data.value;
}
