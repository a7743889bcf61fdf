import { createHmac, randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Where the App listens. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface Delivery {
  /** `X-GitHub-Delivery`; a redelivery carries it again. */
  readonly id: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  /** One entry an attempt: the status answered, or why there was none. */
  readonly attempts: (number | string)[];
}

/** Sends signed events to the App, without waiting for it, and remembers every one. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  target: WebhookTarget | undefined;
  readonly #check: (delivery: Delivery) => void;
  readonly #underWay = new Set<Promise<void>>();

  /** `check` is shown every delivery before it is sent. */
  constructor(target: WebhookTarget | undefined, check: (delivery: Delivery) => void) {
    this.target = target;
    this.#check = check;
  }

  emit(event: string, payload: Record<string, unknown>): void {
    const action = typeof payload["action"] === "string" ? payload["action"] : undefined;
    // A copy: what is sent is the state of this moment, whatever happens to the objects later.
    const delivery = { id: randomUUID(), event, action, payload: structuredClone(payload), attempts: [] };
    this.deliveries.push(delivery);
    this.#check(delivery);
    this.#send(delivery);
  }

  /** Sends a delivery once more, with its id, as GitHub's "Redeliver" does. */
  redeliver(id: string): void {
    const delivery = this.deliveries.find((one) => one.id === id);
    if (!delivery) throw new Error(`no delivery ${id}`);
    this.#send(delivery);
  }

  /** Resolves when every delivery, also those that others set off, has its answer. */
  async settled(): Promise<void> {
    await nextTurn();
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay);
      await nextTurn();
    }
  }

  #send(delivery: Delivery): void {
    if (!this.target) return;
    const attempt = post(this.target, delivery)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      .then((result) => void delivery.attempts.push(result))
      .finally(() => this.#underWay.delete(attempt));
    this.#underWay.add(attempt);
  }
}

/** GitHub gives the receiver ten seconds. */
const TIMEOUT = 10_000;

async function post({ url, secret }: WebhookTarget, { id, event, payload }: Delivery): Promise<number> {
  const body = JSON.stringify(payload);
  const response = await fetch(url, {
    method: "POST",
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT),
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/local",
      "x-github-event": event,
      "x-github-delivery": id,
      "x-github-hook-installation-target-type": "integration",
      "x-hub-signature-256": sign(body, secret),
    },
  });
  await response.arrayBuffer();
  return response.status;
}

/** `X-Hub-Signature-256` of a body. */
const sign = (body: string, secret: string): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
