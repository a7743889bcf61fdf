/** A request as the server noted it. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the `/api/v3` in front, e.g. `/repos/acme/shop/pulls` */
  readonly path: string;
  readonly query: string;
  /** What a request of the GraphQL interface asks for, all of which are POSTs. */
  readonly graphql?: "query" | "mutation";
  /** A login, `app`, or `anonymous` */
  readonly actor: string;
  /** 0 where the connection was dropped */
  readonly status: number;
}

export type IncomingRequest = Omit<LoggedRequest, "actor" | "status">;

/** Something that goes wrong on demand. */
export interface Fault {
  /** Which requests it hits; all of them if absent. */
  readonly match?: (request: IncomingRequest) => boolean;
  /** How often, before it is gone; for ever if absent. */
  readonly times?: number;
  /** Answers with this and does nothing; without it the request is served after the delay. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly delayMs?: number;
  /** Closes the connection: `"before"` the request is served, or `"after"`, when it has had its effect. */
  readonly drop?: "before" | "after";
}

export class Faults {
  readonly #armed: { fault: Fault; left: number }[] = [];

  /** Returns what takes it away again. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Infinity };
    this.#armed.push(entry);
    return () => void (entry.left = 0);
  }

  /** The fault that hits this request, counted. */
  take(request: IncomingRequest): Fault | undefined {
    const entry = this.#armed.find(({ fault, left }) => left > 0 && (fault.match?.(request) ?? true));
    if (entry) entry.left -= 1;
    return entry?.fault;
  }
}

/** The answer to too many writes in too short a time: GitHub's secondary rate limit. */
export function secondaryLimit(retryAfterSeconds: number): Pick<Fault, "status" | "headers" | "body"> {
  return {
    status: 403,
    headers: { "retry-after": String(retryAfterSeconds) },
    body: {
      message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
      documentation_url: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    },
  };
}
