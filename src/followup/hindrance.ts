import type { Delivery } from "../domain/delivery.ts";
import type { Reason } from "../domain/reason.ts";
import { describeTurn, describeWindow } from "../domain/sync-times.ts";
import { deliveryName } from "./delivery-chain.ts";

/** What keeps a delivery from syncing or from being well, in the order in which a person would mend it. */
export function hindrance(delivery: Delivery): Reason | undefined {
  const name = deliveryName(delivery);
  const { conditions, operation, deniedBy, syncTurn, automated, sync, health, sources } = delivery;
  const because = (code: string, message: string, said?: string): Reason => ({
    code,
    message: `${name} ${message}${said ? `: ${shortened(said)}` : ""}`,
  });
  if (health === "Suspended" && delivery.tool === "Flux") return because("suspended", "is suspended");
  const error = conditions.find(({ type }) => type.endsWith("Error"));
  if (error)
    return because("comparison-error", "can't compare the repository with the cluster", error.message);
  if (operation?.phase === "Failed" || operation?.phase === "Error")
    return because("sync-failed", "failed to sync", operation.message);
  const pinned = sources.find((source) => source.pinned && source.type === "git");
  if (pinned)
    return because(
      "pinned",
      `follows the ${pinned.pinned} ${pinned.targetRevision ?? ""}, which a merge does not move`,
    );
  if (sync !== "Synced") {
    const [window] = deniedBy;
    const turn = describeTurn(syncTurn);
    const next = turn === undefined ? "" : `; it may again on ${turn}`;
    if (window) return because("sync-window", `may not sync now: ${describeWindow(window)}${next}`);
    if (!automated) return because("manual-sync", "is synced by hand, which nobody has done yet");
    if (operation?.phase === "Running") return because("syncing", "is syncing", operation.message);
  }
  if (health === "Degraded" || health === "Missing")
    return because("degraded", `is ${health.toLowerCase()}`, delivery.message);
  if (health === "Progressing") return because("progressing", "is still progressing", delivery.message);
  return sync === "Synced" ? undefined : because("out-of-sync", "is not synced", delivery.message);
}

const LONGEST = 300;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST).toWellFormed()}…`;
}
