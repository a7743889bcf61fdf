import type { Application, Source } from "./schema.ts";

/** Which commit it will be is not known; what depends on it has the shape, not the number. */
const UNKNOWN_COMMIT = "0".repeat(40);

/** Replaces `$ARGOCD_APP_NAME` and its kin as Argo CD's build environment does; others become empty. */
export function buildEnvironment({ metadata, spec }: Application, source: Source): (text: string) => string {
  const variables = new Map([
    ["ARGOCD_APP_NAME", metadata.name],
    ["ARGOCD_APP_NAMESPACE", spec.destination?.namespace ?? ""],
    ["ARGOCD_APP_PROJECT_NAME", spec.project ?? "default"],
    ["ARGOCD_APP_REVISION", UNKNOWN_COMMIT],
    ["ARGOCD_APP_REVISION_SHORT", UNKNOWN_COMMIT.slice(0, 7)],
    ["ARGOCD_APP_REVISION_SHORT_8", UNKNOWN_COMMIT.slice(0, 8)],
    ["ARGOCD_APP_SOURCE_REPO_URL", source.repoURL],
    ["ARGOCD_APP_SOURCE_PATH", source.path ?? ""],
    ["ARGOCD_APP_SOURCE_TARGET_REVISION", String(source.targetRevision ?? "")],
    ["$", "$"],
  ]);
  return (text) =>
    text.replaceAll(
      // As Go's os.Expand: one special character, a digit, or a name.
      /\$(?:\{([^}]*)\}|([A-Za-z_]\w*|[*#$@!?\d-]))/g,
      (_, braced: string | undefined, plain: string | undefined) =>
        variables.get(braced ?? plain ?? "") ?? "",
    );
}
