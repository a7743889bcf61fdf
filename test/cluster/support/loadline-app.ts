import { join } from "node:path";
import { pino } from "pino";
import { parseConfig } from "../../../src/config/load.ts";
import { programRenderer } from "../../../src/gitops/render/renderer.ts";
import { serve, type Serving, WEBHOOK_PATH } from "../../../src/serve.ts";
import { appOn } from "../../support/github/app-on.ts";
import type { GitHub } from "../../support/github/github.ts";
import { programs } from "./control-plane.ts";

export interface LoadlineSetup {
  readonly github: GitHub;
  /** For what it keeps; the files that the configuration names are relative to it. */
  readonly folder: string;
  /** Text of `loadline.yaml`. */
  readonly configuration: string;
  readonly now: () => number;
}

export interface RunningLoadline extends AsyncDisposable {
  readonly serving: Serving;
  /** Resolves when all webhooks are delivered, and everything that they set off is done. */
  quiet(): Promise<void>;
}

/** The App, listening to the webhooks of the local GitHub. */
export async function startLoadline(setup: LoadlineSetup): Promise<RunningLoadline> {
  const { github, folder, configuration, now } = setup;
  const secret = "a secret of the cluster's tests";
  const log = pino({ level: "info" }, pino.destination(join(folder, "loadline.log")));
  const { helm = "helm", kubectl = "kubectl" } = programs ?? {};
  const renderer = await programRenderer({
    chartCache: join(folder, "charts"),
    environment: { ...process.env, LOADLINE_HELM: helm, LOADLINE_KUBECTL: kubectl },
    network: false,
  });
  const serving = await serve(
    {
      config: parseConfig(configuration, "loadline.yaml"),
      folder,
      app: appOn(github, { webhookSecret: secret, log }),
      baseUrl: github.baseUrl,
      renderer,
      log,
      now,
      secret,
    },
    { host: "127.0.0.1", port: 0 },
  );
  github.deliverTo({ url: `${serving.address}${WEBHOOK_PATH}`, secret });
  return {
    serving,
    quiet: async () => {
      // What the App does may set off webhooks, which may make it do more.
      for (let round = 0; round < 3; round++) {
        await github.settled();
        await serving.settled();
      }
    },
    [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose](),
  };
}
