import type { Note } from "./kubernetes-amounts.ts";
import type { ApiResource, KubernetesApi, ListQuery } from "./kubernetes-api.ts";
import type { Notices } from "./kubernetes-notices.ts";
import type { Answer } from "./kubernetes-reply.ts";

/** A namespace, or `undefined` for all of them. */
export type Scope = string | undefined;

/** What of an object is held; `undefined` leaves it out. `note` is told of what makes no sense. */
export type Take<T> = (item: unknown, note: Note) => T | undefined;

/** All objects of a resource, in whatever scope they are asked for. */
export interface List<T> {
  readonly resource: ApiResource;
  read(api: KubernetesApi, query: ListQuery, notices: Notices): Promise<Answer<readonly T[]>>;
}

/** How lists are read: each time from the server, or from what is kept up to date by a watch. */
export type OpenList = <T>(resource: ApiResource, take: Take<T>) => List<T>;

export const listedAnew: OpenList = (resource, take) => ({
  resource,
  read: (api, query, { note }) => api.list(resource, query, (item) => take(item, note)),
});

export interface Sight<T> {
  readonly found: readonly T[];
  /** At least one list was answered. */
  readonly seen: boolean;
  /** The server does not serve the resource. */
  readonly absent: boolean;
  /** Where it may not be listed. */
  readonly forbidden: readonly Scope[];
}

/** What is looked at, and with whose rights. */
export interface Look {
  readonly api: KubernetesApi;
  readonly scopes: readonly Scope[];
  readonly notices: Notices;
}

/** The objects of a resource in each scope, as far as they may be listed; what may not be is noted. */
export async function lookFor<T>(
  { api, scopes, notices }: Look,
  list: List<T>,
  selectors: Omit<ListQuery, "namespace"> = {},
): Promise<Sight<T>> {
  const answers = await Promise.all(
    scopes.map(async (namespace) => {
      const answer = await list.read(api, { namespace, ...selectors }, notices);
      if (answer.status !== "forbidden") return answer;
      if (!(await api.serves(list.resource))) return { status: "absent" } as const;
      notices.forbidden("list", list.resource, namespace);
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
