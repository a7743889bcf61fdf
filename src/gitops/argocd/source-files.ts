import path from "node:path/posix";
import { isRecord } from "../../manifests/key-path.ts";
import { shownName } from "../render/message.ts";
import type { Sources } from "../sources.ts";
import { mergePatch } from "./merge-patch.ts";
import { refuse } from "../refusal.ts";
import { parseSource, type Source } from "./schema.ts";

/** Which source it is can't be overridden, only how it renders. */
const KEPT = ["repoURL", "path", "chart", "targetRevision"];

/** `.argocd-source.yaml`, then `.argocd-source-<app>.yaml` of the source's folder, merged over it. */
export async function withSourceFiles(
  raw: Readonly<Record<string, unknown>>,
  folder: string,
  { metadata }: { metadata: { name: string; namespace?: string | null | undefined } },
  sources: Sources,
): Promise<{ source: Source; files: readonly string[] }> {
  const names = ["", `-${metadata.name}`, `-${metadata.namespace ?? ""}_${metadata.name}`];
  const files = names
    .map((suffix) => path.join(folder, `.argocd-source${suffix}.yaml`))
    .filter((file) => sources.has(file));
  let merged: unknown = raw;
  for (const file of files) {
    const data = await sources.data(file);
    if ("refused" in data) return refuse(data.refused.code, `${shownName(file)}: ${data.refused.message}`);
    const [patch = {}] = data.values;
    if (!isRecord(patch)) return refuse("invalid", `${shownName(file)} is not a map`);
    merged = mergePatch(merged, patch);
  }
  const kept = KEPT.flatMap((key) => (key in raw ? [[key, raw[key]] as const] : []));
  const overridden = isRecord(merged) ? Object.entries(merged).filter(([key]) => !KEPT.includes(key)) : [];
  return { source: parseSource(Object.fromEntries([...overridden, ...kept])), files };
}
