/** What an endpoint gives back, before it becomes HTTP. */
export interface Answer {
  readonly status: number;
  /** JSON, or undefined for an empty answer. */
  readonly body?: unknown;
  /** For the media types that are not JSON: sent as it is, and not held against the description. */
  readonly raw?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Present when `body` is to be cut into pages. */
  readonly pages?: Pages;
}

interface Pages {
  readonly total: number;
  readonly cut: (start: number, end: number) => Promise<unknown>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: { readonly url?: string; readonly [field: string]: unknown }): Answer => ({
  status: 201,
  body,
  ...(body.url === undefined ? {} : { headers: { location: body.url } }),
});
export const noContent = (): Answer => ({ status: 204 });
export const raw = (content: Buffer | string, type: string): Answer => ({
  status: 200,
  raw: Buffer.from(content),
  headers: { "content-type": type },
});

/** A list that the server pages; `render` shows one item, `wrap` puts a page into its envelope if it has one. */
export function page<Item>(
  items: readonly Item[],
  render: (item: Item) => unknown,
  wrap: (shown: unknown[]) => unknown = (shown) => shown,
): Answer {
  const cut = async (start: number, end: number) =>
    wrap(await Promise.all(items.slice(start, end).map(render)));
  return { status: 200, pages: { total: items.length, cut } };
}

interface ErrorDetail {
  readonly resource: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
}

/** An answer of 4xx in GitHub's shape; thrown from anywhere below an endpoint. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly errors: readonly ErrorDetail[];

  constructor(status: number, message: string, errors: readonly ErrorDetail[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): Refusal => new Refusal(404, "Not Found");
export const invalid = (...errors: ErrorDetail[]): Refusal => new Refusal(422, "Validation Failed", errors);
