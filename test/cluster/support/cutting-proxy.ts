import { once } from "node:events";
import { connect, createServer } from "node:net";

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were cut. */
  readonly cuts: number;
  /** Set, nothing is handed on: every connection there is is cut, and every new one. */
  closed: boolean;
}

/** When a connection is cut: when it has carried so many bytes of its answers, or every so often. */
export interface Cuts {
  readonly afterBytes?: number;
  readonly everyMs?: number;
}

/** Hands bytes on to a port of loopback, and cuts connections. */
export async function startCuttingProxy(
  target: number,
  { afterBytes = Number.POSITIVE_INFINITY, everyMs }: Cuts,
): Promise<CuttingProxy> {
  let [cuts, closed] = [0, false];
  const open = new Set<() => void>();
  const cutAll = () => {
    cuts += open.size;
    for (const close of open) close();
  };
  const cutting = everyMs === undefined ? undefined : setInterval(cutAll, everyMs);
  const server = createServer((client) => {
    if (closed) return client.destroy();
    const upstream = connect(target, "127.0.0.1");
    let carried = 0;
    const close = () => {
      open.delete(close);
      client.destroy();
      upstream.destroy();
    };
    open.add(close);
    for (const side of [client, upstream]) side.on("error", close).on("close", close);
    upstream.on("data", (chunk) => {
      carried += chunk.length;
      if (carried < afterBytes) return;
      cuts++;
      close();
    });
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
  return {
    port: address.port,
    get cuts() {
      return cuts;
    },
    get closed() {
      return closed;
    },
    set closed(now) {
      closed = now;
      if (now) cutAll();
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(cutting);
      for (const close of open) close();
      server.close();
      await once(server, "close");
    },
  };
}
