import type { ApiResource, KubernetesApi } from "./kubernetes-api.ts";
import type { Notices } from "./kubernetes-notices.ts";

/** A namespace, or `undefined` for all of them. */
export type Scope = string | undefined;

export interface Sight<T> {
  readonly found: readonly T[];
  /** At least one list was answered. */
  readonly seen: boolean;
  /** The server does not serve the resource. */
  readonly absent: boolean;
  /** Where it may not be listed. */
  readonly forbidden: readonly Scope[];
}

/** The objects of a resource in each scope, as far as they may be listed; what may not be is noted. */
export async function lookFor<T>(
  api: KubernetesApi,
  resource: ApiResource,
  scopes: readonly Scope[],
  labelSelector: string | undefined,
  notices: Notices,
  take: (item: unknown) => T | undefined,
): Promise<Sight<T>> {
  const answers = await Promise.all(
    scopes.map(async (namespace) => {
      const answer = await api.list(resource, { namespace, labelSelector }, take);
      if (answer.status !== "forbidden") return answer;
      if (!(await api.serves(resource))) return { status: "absent" } as const;
      notices.forbidden("list", resource, namespace);
      return answer;
    }),
  );
  return {
    found: answers.flatMap((answer) => (answer.status === "found" ? answer.value : [])),
    seen: answers.some((answer) => answer.status === "found"),
    absent: answers.every((answer) => answer.status === "absent"),
    forbidden: scopes.filter((_, index) => answers[index]?.status === "forbidden"),
  };
}
