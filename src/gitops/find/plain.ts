import pLimit from "p-limit";
import { WORKLOAD_KINDS } from "../../domain/workload.ts";
import { workloadObjects } from "../../manifests/workload-objects.ts";
import type { Recipe } from "../recipe.ts";
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
  if ("refused" in source) return source.refused.code === "file-too-large" ? "other" : source;
  if (!DECLARES_WORKLOAD.test(source.text)) return "other";
  const data = await sources.data(file);
  if ("refused" in data) return data;
  return data.values.some((value) => workloadObjects(value).length > 0) ? "workloads" : "other";
}
