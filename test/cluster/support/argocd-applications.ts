/** One place an Application takes its manifests from, as its `source` or one of its `sources`. */
export interface ApplicationSource {
  readonly repoURL: string;
  readonly targetRevision?: string;
  readonly path?: string;
  readonly ref?: string;
  readonly helm?: object;
  readonly kustomize?: object;
  readonly directory?: object;
}

export interface ApplicationOptions {
  /** Where its objects go; made where it is missing. */
  readonly namespace: string;
  /** Fields of the spec besides, such as `syncPolicy` or `ignoreDifferences`. */
  readonly spec?: object;
}

/**
 * An Application that syncs to this cluster by itself, with several sources where several are given. Its branch is
 * `main`.
 */
export function application(
  name: string,
  sources: ApplicationSource | readonly ApplicationSource[],
  options: ApplicationOptions,
): object {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: applicationSpec(sources, options),
  };
}

/** The `spec` of an Application, which is also what an ApplicationSet's template has. */
export function applicationSpec(
  sources: ApplicationSource | readonly ApplicationSource[],
  { namespace, spec }: ApplicationOptions,
): object {
  const onMain = (source: ApplicationSource) => ({ targetRevision: "main", ...source });
  return {
    project: "default",
    destination: { server: "https://kubernetes.default.svc", namespace },
    ...("repoURL" in sources ? { source: onMain(sources) } : { sources: sources.map(onMain) }),
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ["CreateNamespace=true"],
      // A push in between two sources of one Application fails its sync, which is not to be tried again as it was.
      retry: { limit: 10, refresh: true, backoff: { duration: "1s", maxDuration: "5s" } },
    },
    ...spec,
  };
}
