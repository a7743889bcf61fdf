import { stringify } from "yaml";
import { parseYaml } from "../../render/rendered.ts";
import { list, record, text, wrongArgument } from "./arguments.ts";

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
  toJson: (value) => JSON.stringify(plain(value)),
  toRawJson: (value) => JSON.stringify(plain(value)),
  fromJson: (value) => parsed(text(value)),
  b64enc: (value) => Buffer.from(text(value)).toString("base64"),
  b64dec: (value) => Buffer.from(text(value), "base64").toString(),
};

/** Go's ints as numbers again. */
function plain(value: unknown): unknown {
  const copy: unknown = JSON.parse(
    JSON.stringify(value ?? null, (_, child: unknown) => (typeof child === "bigint" ? Number(child) : child)),
  );
  return copy;
}

function parsed(value: string): unknown {
  const data = parseYaml(value);
  return "refused" in data ? wrongArgument() : data.values[0];
}
