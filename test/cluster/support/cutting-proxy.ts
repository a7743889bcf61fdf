import { once } from "node:events";
import { connect, createServer } from "node:net";

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were cut. */
  readonly cuts: number;
}

/** Hands bytes on to a port of loopback, and cuts each connection that has carried so many of its answers. */
export async function startCuttingProxy(target: number, afterBytes: number): Promise<CuttingProxy> {
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    let carried = 0;
    const close = () => {
      client.destroy();
      upstream.destroy();
    };
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
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
