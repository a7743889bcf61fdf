import { type Delivery, deliveryKey } from "../../domain/delivery.ts";
import { RESOURCE_FIELDS } from "../../domain/resources.ts";
import { describeWindow } from "../../domain/sync-times.ts";
import type { MergeEffect } from "./merge-effect.ts";

/** An annotation by which people stop Argo CD for one Application. */
const SKIPS = "argocd.argoproj.io/skip-reconcile";

/** What keeps a delivery from syncing a merge at once. */
export function mergeDelays(delivery: Delivery): MergeEffect[] {
  const name = deliveryKey(delivery);
  const effect = (code: MergeEffect["code"], message: string, pointless = false): MergeEffect => ({
    code,
    message,
    fields: RESOURCE_FIELDS,
    pointless,
  });
  if (delivery.tool === "Flux")
    return delivery.automated
      ? []
      : [effect("suspended", `${name} is suspended: a merge takes effect when it is resumed`)];
  if (delivery.annotations[SKIPS] === "true")
    return [effect("suspended", `${name} is left alone (${SKIPS}): a merge takes effect when that is gone`)];
  const byHand = delivery.automated
    ? []
    : [effect("manual-sync", `${name} is synced by hand: a merge takes effect when somebody does`)];
  const window = inWindows(delivery);
  return window ? [...byHand, effect("sync-window", ...window)] : byHand;
}

/**
 * That a merge takes effect when the windows of the project let it, or never: nothing that is true only now, since a
 * pull request is read days later. Who syncs by hand may be free of them.
 */
function inWindows(delivery: Delivery): [message: string, pointless: boolean] | undefined {
  const { automated, deniedBy, syncTurn } = delivery;
  const name = deliveryKey(delivery);
  const never = syncTurn !== undefined && "never" in syncTurn;
  const [window] = deniedBy;
  if (!window)
    return syncTurn === undefined || never || !automated
      ? undefined
      : [`${name} syncs in windows: a merge takes effect when they let it`, false];
  const freeByHand = deniedBy.every(({ manualSync }) => manualSync);
  if (!automated && freeByHand) return undefined;
  const known = `${name} syncs in windows, and ${describeWindow(window)}`;
  if (!never) return [`${known}: a merge takes effect when they let it`, false];
  return freeByHand
    ? [`${known}: a merge takes effect when somebody syncs by hand`, false]
    : [`${known}, and no window lets it within a year: a merge has no effect`, true];
}
