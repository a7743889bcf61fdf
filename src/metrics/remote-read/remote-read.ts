import type { Window } from "../../domain/duration.ts";
import { InputError } from "../../domain/input-error.ts";
import type { EndpointAnswer, EndpointRequest, MetricsEndpoint } from "../metrics-endpoint.ts";
import { connectPrometheus } from "../prometheus-connection.ts";
import { PassingFault } from "../prometheus-fault.ts";
import { BrokenAnswer } from "./broken-answer.ts";
import { type ReadQuery, readRequest } from "./read-request.ts";

/** Two weeks of twenty thousand containers; they flow through, and what is made of them has its own bound. */
const USUAL_LIMIT_BYTES = 4 * 2 ** 30;

/**
 * Reads the series of these queries, each as the compressed chunks that lie on the server's disk. `receive`
 * gets the answer's bytes as they come and throws {@link BrokenAnswer} where they are no frames; then, as after
 * other passing faults, it is called anew. Rejects as `SeriesSource` says.
 */
export async function remoteRead<T>(
  endpoint: MetricsEndpoint,
  queries: readonly ReadQuery[],
  window: Window,
  receive: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  return endpoint.ask(requestFor(queries, window), async ({ contentType, chunks }: EndpointAnswer) => {
    if (!contentType.startsWith("application/x-streamed-protobuf"))
      throw new InputError(
        `${endpoint.shown} answers a remote read with ${contentType || "something"} instead of streamed chunks`,
      );
    try {
      return await receive(chunks);
    } catch (error) {
      if (!(error instanceof BrokenAnswer)) throw error;
      throw new PassingFault(
        new Error(`Prometheus at ${endpoint.shown} sends a broken answer to a remote read: ${error.message}`),
      );
    }
  });
}

/**
 * Whether the server answers remote reads with streamed chunks. `false` where it does not, or something before
 * it forbids it, while it answers queries; rejects as a query does where it does not even that.
 */
export async function probeRemoteRead(endpoint: MetricsEndpoint): Promise<boolean> {
  try {
    const moment = { startMs: 0, endMs: 1 };
    await remoteRead(endpoint, [{ metric: "up", matchers: [] }], moment, async (chunks) => {
      for await (const _ of chunks);
    });
    return true;
  } catch {
    await connectPrometheus(endpoint, {}).instant("vector(1)", 0);
    return false;
  }
}

function requestFor(queries: readonly ReadQuery[], window: Window): EndpointRequest {
  return {
    path: "/api/v1/read",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-read-version": "0.1.0",
    },
    body: readRequest(queries, window),
    flowing: true,
    usualLimitBytes: USUAL_LIMIT_BYTES,
  };
}
