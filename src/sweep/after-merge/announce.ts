import path from "node:path";
import { messageOf } from "../../announce/message.ts";
import { post, usualPatience } from "../../announce/webhook.ts";
import type { NotificationConfig } from "../../config/notifications.ts";
import { type Followed, type Moment, momentsOf } from "../../followup/moment.ts";
import { targetsOf } from "../../followup/target.ts";
import { readMarker } from "../../proposals/marker.ts";
import { accessOf } from "../open/cluster-access.ts";
import type { SweepSetup } from "../setup.ts";
import type { SweepResult } from "../sweep.ts";

type AnnounceSetup = Pick<SweepSetup, "config" | "folder" | "baseUrl" | "log" | "now">;

/** Tells clusters and webhooks what a sweep did; what can't be told is logged, for what was done is done. */
export async function announceSweep(
  setup: AnnounceSetup,
  { repositories, followed }: SweepResult,
): Promise<void> {
  const recommended = repositories.flatMap(({ repository, published }) =>
    published
      .filter(({ outcome }) => outcome === "opened" || outcome === "updated")
      .flatMap(({ number, proposal }): Moment[] => {
        const marker = readMarker(proposal.body);
        if (!marker) return [];
        const text = `#${number} proposes other requests or limits`;
        return [{ kind: "recommended", repository, number, workloads: targetsOf(marker), text }];
      }),
  );
  await announce(setup, [...recommended, ...followed.flatMap(momentsOf)]);
}

/** The same of merged pull requests alone. */
export async function announceFollowed(setup: AnnounceSetup, followed: readonly Followed[]): Promise<void> {
  await announce(setup, followed.flatMap(momentsOf));
}

async function announce(setup: AnnounceSetup, moments: readonly Moment[]): Promise<void> {
  if (moments.length === 0) return;
  await tellClusters(setup, moments);
  // One that does not answer does not keep the others waiting.
  await Promise.all(setup.config.notifications.map(async (one) => await notify(setup, one, moments)));
}

async function tellClusters(
  { config, folder, log, now }: AnnounceSetup,
  moments: readonly Moment[],
): Promise<void> {
  for (const cluster of config.clusters.filter(({ events }) => events)) {
    if (!moments.some(({ workloads }) => workloads.some((one) => one.cluster === cluster.name))) continue;
    try {
      // The client takes longer to load than everything else together.
      const { writeEvents } = await import("../../announce/kubernetes-events.ts");
      const faults = await writeEvents(accessOf(cluster, folder), cluster.name, moments, now());
      for (const fault of faults) log.warn({ cluster: cluster.name }, fault);
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      log.warn({ cluster: cluster.name }, `events could not be written: ${why}`);
    }
  }
}

async function notify(
  { folder, baseUrl, log }: AnnounceSetup,
  { name, urlFile, urlEnv, format, template, on }: NotificationConfig,
  moments: readonly Moment[],
): Promise<void> {
  const address =
    urlFile === undefined ? { variable: urlEnv ?? "" } : { file: path.resolve(folder, urlFile) };
  const patience = usualPatience();
  for (const moment of moments.filter(({ kind }) => on.includes(kind))) {
    const url = `${webAddress(baseUrl)}/${moment.repository}/pull/${moment.number}`;
    const fault = await post(address, messageOf({ ...moment, url }, format, template), process.env, patience);
    if (fault !== undefined) log.warn({ notification: name }, `a notification was not delivered: ${fault}`);
  }
}

function webAddress(baseUrl: string): string {
  const { protocol, host } = new URL(baseUrl);
  return `${protocol}//${host === "api.github.com" ? "github.com" : host}`;
}
