import type { Actor } from "./model.ts";

/** How much of its hour somebody has used. */
export interface Rate {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Unix seconds */
  readonly reset: number;
}

/** Counts requests by who asks, an hour at a time. */
export class RateLimits {
  /** Requests an hour and actor; past it GitHub refuses. */
  limit = 5000;
  readonly #spent = new Map<string, { used: number; reset: number }>();

  /** Takes `cost` from the actor's hour: 0 only looks. */
  spend(actor: Actor, cost: number, now: Date): Rate {
    const key = actorKey(actor);
    const seconds = Math.floor(now.getTime() / 1000);
    const current = this.#spent.get(key);
    const entry = current && current.reset > seconds ? current : { used: 0, reset: seconds + 3600 };
    entry.used = entry.used + cost;
    this.#spent.set(key, entry);
    const used = Math.min(entry.used, this.limit);
    return { limit: this.limit, used, remaining: this.limit - used, reset: entry.reset };
  }

  isExhausted(actor: Actor, now: Date): boolean {
    return this.spend(actor, 0, now).remaining === 0;
  }
}

export const rateHeaders = ({ limit, used, remaining, reset }: Rate): Record<string, string> => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-used": String(used),
  "x-ratelimit-reset": String(reset),
  "x-ratelimit-resource": "core",
});

/** Installations have an hour each, whatever their tokens. */
function actorKey(actor: Actor): string {
  if (actor.kind === "installation") return `installation ${actor.installation.id}`;
  return actor.kind === "person" ? `person ${actor.account.id}` : actor.kind;
}
