import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Cron } from "croner";
import { createNodeMiddleware, type Probot } from "probot";
import { loadlineApp } from "./app.ts";
import { createAttendant } from "./orders/attend.ts";
import { catchUp, checkUnchecked } from "./orders/catch-up.ts";
import { checkPulls } from "./sweep/checks/check-pulls.ts";
import { createChecker } from "./sweep/checks/checker.ts";
import { parseDuration } from "./domain/duration.ts";
import { pollInBackground } from "./sweep/open/poll-clusters.ts";
import { watchClusters } from "./sweep/open/watch-clusters.ts";
import type { SweepSetup } from "./sweep/setup.ts";
import { createSweeper, type Sweeper } from "./sweep/sweeper.ts";
import { visitsOf } from "./sweep/visits.ts";
import { createTrials, type Trials } from "./sweep/trials/trials.ts";
import { watchTrials } from "./sweep/trials/watch-trials.ts";
import { createTelemetry } from "./telemetry.ts";

export interface Serving extends AsyncDisposable {
  readonly address: string;
  readonly sweeper: Sweeper;
  readonly trials: Trials;
  /** Resolves when everything that webhooks set off is done. */
  readonly settled: () => Promise<void>;
}

/** Webhooks come to an App alone. */
export interface AppSetup extends SweepSetup {
  readonly app: Probot;
}

/** Where GitHub delivers webhooks. */
export const WEBHOOK_PATH = "/api/github/webhooks";

/**
 * The App's server: signed webhooks, `/healthz`, `/metrics`, sweeps by the configured schedule, looks at merged pull
 * requests in between, polls and watches of the clusters, and the trials that are under way. A webhook is answered at
 * once and worked on afterwards; one that is delivered again has no second effect.
 */
export async function serve(
  given: AppSetup,
  listen: { readonly host: string; readonly port: number },
): Promise<Serving> {
  const telemetry = createTelemetry();
  const watching = await watchClusters(given.config.clusters, given.folder, telemetry);
  const setup = { ...given, inventories: watching.inventories };
  const sweeper = createSweeper(setup, telemetry);
  const trials = watchTrials(createTrials(setup), telemetry);
  const underWay = new Set<Promise<unknown>>();
  const later = (work: () => Promise<unknown>): void => {
    const done = work()
      .catch((error: unknown) => setup.log.error({ err: error }, "work after a webhook failed"))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  };
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  const attend = createAttendant({ setup, sweeper, trials, telemetry });
  const check = createChecker(sweeper, async (...due) => await checkPulls(setup, ...due));
  const parts = { setup, sweeper, telemetry, attend, check, later };
  const webhooks = await createNodeMiddleware(loadlineApp(parts), {
    probot: setup.app,
    webhooksPath: WEBHOOK_PATH,
  });
  const server = createServer((request, response) => {
    void route(request, response);
  });
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/healthz") response.end("ok\n");
    else if (pathname === "/metrics")
      response
        .setHeader("content-type", telemetry.registry.contentType)
        .end(await telemetry.registry.metrics());
    else await webhooks(request, response, () => response.writeHead(404).end());
  };
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  const { config, folder, log } = setup;
  const polling = pollInBackground(config.clusters, {
    store: config.store,
    folder,
    tell: (text) => log.warn(text),
  });
  const { cron, timezone } = config.schedule;
  const schedule = new Cron(
    cron,
    {
      timezone,
      protect: true,
      catch: (error) => setup.log.error({ err: error }, "the scheduled sweep failed"),
    },
    async () => {
      const visits = visitsOf(setup);
      await sweeper.sweep(undefined, undefined, visits);
      await everywhere(setup, async (name) => await catchUp(setup, attend, visits, name));
    },
  );
  // Commands and checks of which it heard while it was not there, or died.
  later(async () => {
    const visits = visitsOf(setup);
    await everywhere(setup, async (name) => {
      await catchUp(setup, attend, visits, name);
      await checkUnchecked(check, visits, name);
    });
  });
  const following = setInterval(
    () => {
      later(async () => await sweeper.follow());
    },
    (parseDuration(config.schedule.followEvery) ?? 0) * 1000,
  );
  return {
    address: addressOf(server),
    sweeper,
    trials,
    settled,
    async [Symbol.asyncDispose]() {
      schedule.stop();
      clearInterval(following);
      server.close();
      server.closeAllConnections();
      await polling[Symbol.asyncDispose]();
      await settled();
      await trials[Symbol.asyncDispose]();
      await sweeper.idle();
      await watching[Symbol.asyncDispose]();
    },
  };
}

/** One repository after the other; what can't be done in one is told, and the others follow. */
async function everywhere(
  { config, log }: SweepSetup,
  work: (repository: string) => Promise<void>,
): Promise<void> {
  for (const { name } of config.repositories)
    await work(name).catch((error: unknown) =>
      log.warn({ repository: name, err: error }, "what was missed could not be made up for"),
    );
}

function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
