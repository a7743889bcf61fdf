import { boolYaml11Tag, CORE_SCHEMA, loadAll, mergeTag } from "js-yaml";
import type { Reason } from "../../domain/reason.ts";
import { parseYaml } from "../render/rendered.ts";

/** To Go's reader of YAML, `yes` and `off` are truth values. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag);

/** The first document as Argo CD reads configuration; `undefined` where there is none. */
export function parseGoYaml(text: string): { value: unknown } | { refused: Reason } {
  const checked = parseYaml(text);
  if ("refused" in checked) return checked;
  return { value: loadAll(text, { schema: SCHEMA, json: true, maxDepth: 200 })[0] };
}
