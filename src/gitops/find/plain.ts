import pLimit from "p-limit";
import { WORKLOAD_KINDS } from "../../domain/workload.ts";
import { parseDocuments } from "../../manifests/documents.ts";
import { workloadObjects } from "../../manifests/workload-objects.ts";
import type { Recipe } from "../recipe.ts";
import { hasKeyTwice } from "../render/rendered.ts";
import { folderOf, type Sources } from "../sources.ts";

const MANIFEST = /\.(?:ya?ml|json)$/i;
/** Cheap, so that only files which may declare a workload are parsed. */
const DECLARES_WORKLOAD = new RegExp(
  `["']?kind["']?\\s*:\\s*["']?(?:${WORKLOAD_KINDS.join("|")}|\\w*List)\\b`,
);

/** Each folder with manifests of workloads that nothing else reads, and files in it that can't be read. */
export async function plainRecipes(
  sources: Sources,
  isClaimed: (file: string) => boolean,
): Promise<Recipe[]> {
  const limit = pLimit(16);
  const found = await Promise.all(
    sources.files
      .filter((file) => MANIFEST.test(file) && !isClaimed(file))
      .map((file) => limit(async () => ({ file, kind: await kindOf(sources, file) }))),
  );
  const manifests = found.filter(({ kind }) => kind === "workloads").map(({ file }) => file);
  const folders = [...Map.groupBy(manifests, folderOf)].map(([folder, files]): Recipe => ({
    id: `plain:${folder}`,
    kind: "plain",
    path: folder,
    steps: [{ tool: "plain", files }],
  }));
  const unreadable = found.flatMap(({ file, kind }): Recipe[] =>
    typeof kind === "string"
      ? []
      : [{ id: `plain:${file}`, kind: "plain", path: file, steps: [], refused: { ...kind.refused, file } }],
  );
  return [...folders, ...unreadable];
}

async function kindOf(
  sources: Sources,
  file: string,
): Promise<"workloads" | "other" | Extract<Awaited<ReturnType<Sources["data"]>>, { refused: unknown }>> {
  const source = await sources.glance(file);
  if ("refused" in source)
    return source.refused.code === "file-too-large" && !(await beginsWithWorkload(sources, file))
      ? "other"
      : source;
  if (!DECLARES_WORKLOAD.test(source.text)) return "other";
  const data = await sources.data(file);
  if ("refused" in data) return data;
  if (!data.values.some((value) => workloadObjects(value).length > 0)) return "other";
  // The fast parser takes the last of two equal keys; which one was meant only a person knows.
  const twice = hasKeyTwice(source.text) ? parseDocuments(source.text) : undefined;
  return twice && "refused" in twice ? twice : "workloads";
}

/** As much of a huge file as shows what it is. */
const BEGINNING = 2 ** 16;

async function beginsWithWorkload(sources: Sources, file: string): Promise<boolean> {
  const bytes = await sources.tree.read(file).catch(() => new Uint8Array());
  return DECLARES_WORKLOAD.test(Buffer.from(bytes.subarray(0, BEGINNING)).toString("latin1"));
}
