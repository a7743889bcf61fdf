import { type Delivery, deliveryKey } from "../../domain/delivery.ts";
import { RESOURCE_FIELDS } from "../../domain/resources.ts";
import { describeTurn, describeWindow } from "../../domain/sync-times.ts";
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

/** When a merge takes effect by the windows of the project, and whether never. Who syncs by hand may be free of them. */
function inWindows(delivery: Delivery): [message: string, pointless: boolean] | undefined {
  const { automated, deniedBy, syncTurn } = delivery;
  const name = deliveryKey(delivery);
  const turn = describeTurn(syncTurn);
  const [window] = deniedBy;
  const freeByHand = deniedBy.every(({ manualSync }) => manualSync);
  if (!window) {
    if (turn === undefined || !automated) return undefined;
    return [
      `${name} syncs in windows: what is merged before ${turn} takes effect at once, and after that when a window lets it`,
      false,
    ];
  }
  if (!automated && freeByHand) return undefined;
  const closed = `${name} does not sync now, for ${describeWindow(window)}`;
  if (turn !== undefined) return [`${closed}: what is merged before takes effect on ${turn}`, false];
  if (syncTurn !== undefined && !freeByHand)
    return [`${closed}, and no window lets it within a year: a merge has no effect`, true];
  const when = freeByHand ? "somebody syncs by hand" : "a window lets it";
  return [`${closed}: a merge takes effect when ${when}`, false];
}
