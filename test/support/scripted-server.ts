import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

export interface ScriptedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The fields of the form. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Writes one answer. */
export type Reply = (response: ServerResponse, request: ScriptedRequest) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked so far. */
  readonly asked: readonly ScriptedRequest[];
  /** Adds what is answered next, in order; what is asked beyond all replies gets status 599. */
  next(...replies: readonly Reply[]): void;
}

/** A server on loopback for faults of HTTP that no real server shows on demand. */
export async function scriptedServer(...replies: readonly Reply[]): Promise<ScriptedServer> {
  const asked: ScriptedRequest[] = [];
  const script = [...replies];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const one = {
      path: request.url ?? "",
      headers: request.headers,
      fields: Object.fromEntries(new URLSearchParams(body)),
    };
    asked.push(one);
    (script.shift() ?? reply(599, "not in the script"))(response, one);
  };
  const http = createServer((request, response) => void answer(request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    next: (...more: readonly Reply[]) => void script.push(...more),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

/** Status, text or JSON, headers. */
export function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const typed = typeof body === "string" ? {} : { "content-type": "application/json" };
  return (response) =>
    response
      .writeHead(status, { ...typed, ...headers })
      .end(typeof body === "string" ? body : JSON.stringify(body));
}
