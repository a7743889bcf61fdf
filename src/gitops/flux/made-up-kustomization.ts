import { kustomizationOf } from "../find/kustomizations.ts";
import { folderOf, type Sources } from "../sources.ts";

/** What the source controller leaves out of every repository, of the kinds that matter here. */
const LEFT_OUT =
  /^(?:\.(?:github|circleci)\/.*|\.(?:travis|gitlab-ci|drone)\.yml|appveyor\.yml|cloudbuild\.yaml|codeship-(?:services|steps)\.yml)$|(?:^|\/)(?:\.goreleaser\.yml|\.sops\.yaml|\.flux\.yaml)$/;

/**
 * The resources of the kustomization that Flux makes up for a folder without one: every manifest below, but of
 * a sub-folder that has a kustomization that folder alone. `undefined` where the folder has one.
 */
export function madeUpResources(sources: Sources, folder: string): readonly string[] | undefined {
  if (kustomizationOf(sources, folder) !== undefined) return undefined;
  const resources = sources.below(folder).flatMap((file) => {
    const kustomized = foldersBetween(folder, file).find(
      (between) => kustomizationOf(sources, between) !== undefined,
    );
    if (kustomized !== undefined) return [kustomized];
    return /\.ya?ml$/.test(file) && !LEFT_OUT.test(file) ? [file] : [];
  });
  return [...new Set(resources)];
}

/** From the topmost below `folder` to the file's own. */
function foldersBetween(folder: string, file: string): string[] {
  const above = folder === "" ? 0 : folder.split("/").length;
  const segments = folderOf(file).split("/");
  return segments
    .map((_, index) => segments.slice(0, index + 1).join("/"))
    .slice(above)
    .filter((one) => one !== "");
}
