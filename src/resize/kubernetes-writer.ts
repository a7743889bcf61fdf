import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import type { KubernetesConnection, Sent } from "../inventory/kubernetes-connection.ts";

/**
 * What became of a write. `conflict`: the object is not what it was, or is there already; `forbidden`, `refused`: in
 * the words of the API server, which may quote anything.
 */
export type Written =
  | { readonly status: "done"; readonly object: unknown }
  | { readonly status: "conflict" | "absent" }
  | { readonly status: "forbidden" | "refused"; readonly message: string };

const JSON_TYPE = "application/json";
const LONGEST_MESSAGE = 500;

/** Writes to one cluster, each tried once: whoever writes looks again before the next try. */
export class KubernetesWriter {
  readonly #connection: KubernetesConnection;

  constructor(connection: KubernetesConnection) {
    this.#connection = connection;
  }

  create(path: string, object: object): Promise<Written> {
    return this.#write(path, {}, { method: "POST", contentType: JSON_TYPE, body: JSON.stringify(object) });
  }

  replace(path: string, object: object): Promise<Written> {
    return this.#write(path, {}, { method: "PUT", contentType: JSON_TYPE, body: JSON.stringify(object) });
  }

  /** Lists are merged by the keys of their items, as `kubectl patch` does; `dryRun` only asks. */
  patch(path: string, patch: object, dryRun: boolean): Promise<Written> {
    return this.#write(
      path,
      { fieldManager: "loadline-trial", ...(dryRun ? { dryRun: "All" } : {}) },
      {
        method: "PATCH",
        contentType: "application/strategic-merge-patch+json",
        body: JSON.stringify(patch),
      },
    );
  }

  delete(path: string, uid: string): Promise<Written> {
    const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid } };
    return this.#write(path, {}, { method: "DELETE", contentType: JSON_TYPE, body: JSON.stringify(options) });
  }

  async #write(path: string, query: Readonly<Record<string, string>>, sent: Sent): Promise<Written> {
    const url = this.#connection.address(path, query);
    const { status, text } = await this.#connection.send(url, sent);
    const answer = parsed(text);
    const message = (Status.safeParse(answer).data?.message ?? "").slice(0, LONGEST_MESSAGE);
    if (status === 200 || status === 201 || status === 202) return { status: "done", object: answer };
    if (status === 409) return { status: "conflict" };
    if (status === 404) return { status: "absent" };
    if (status === 403) return { status: "forbidden", message };
    if (status === 400 || status === 422 || status === 405) return { status: "refused", message };
    const what = `${sent.method} ${url.origin}${url.pathname} answered ${status}`;
    if (status === 401) throw new InputError(`${what}: the credentials are wrong or have expired`);
    throw new Error(what);
  }
}

const Status = z.object({ message: z.string() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
