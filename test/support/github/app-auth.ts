import { randomBytes, verify } from "node:crypto";
import { z } from "zod";
import { Refusal } from "./answer.ts";
import type { App, Hub } from "./hub.ts";
import type { Account, Actor, Installation, Permissions } from "./model.ts";

/** Who holds which token. An installation's expire after an hour; a person's stay. */
export class Tokens {
  readonly #hub: Hub;
  readonly #holders = new Map<string, { actor: Actor; expiresAt: number }>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  forInstallation(
    installation: Installation,
    permissions: Permissions = installation.permissions,
    only?: ReadonlySet<number>,
  ): { token: string; expiresAt: Date } {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expiresAt = new Date(this.#hub.now().getTime() + HOUR);
    const actor: Actor = { kind: "installation", installation, permissions, only };
    this.#holders.set(token, { actor, expiresAt: expiresAt.getTime() });
    return { token, expiresAt };
  }

  forPerson(account: Account): string {
    const token = `ghp_${randomBytes(18).toString("hex")}`;
    this.#holders.set(token, { actor: { kind: "person", account }, expiresAt: Infinity });
    return token;
  }

  /** From now on every installation token given out so far is refused. */
  expire(): void {
    for (const holder of this.#holders.values()) {
      if (holder.actor.kind === "installation") holder.expiresAt = 0;
    }
  }

  /** Who sent this `Authorization` header; throws 401 for credentials that are not good (any more). */
  actor(header: string | undefined): Actor {
    if (!header) return { kind: "anonymous" };
    const credential = secretIn(header);
    if (credential.split(".").length === 3) return verifyAppToken(this.#hub.app, credential, this.#hub.now());
    const holder = this.#holders.get(credential);
    if (!holder || holder.expiresAt <= this.#hub.now().getTime()) throw new Refusal(401, "Bad credentials");
    const { actor } = holder;
    if (actor.kind !== "installation") return actor;
    if (!this.#hub.installations.has(actor.installation.id)) throw new Refusal(401, "Bad credentials");
    if (actor.installation.suspendedAt) throw new Refusal(403, "This installation has been suspended");
    return actor;
  }
}

const HOUR = 3_600_000;
const Claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() });

/** `token X`, `Bearer X`, or Basic with the token as password, as git sends it. */
function secretIn(header: string): string {
  const [scheme = "", value = ""] = header.trim().split(/ +/);
  if (scheme.toLowerCase() !== "basic") return value;
  return Buffer.from(value, "base64").toString("utf8").split(":").slice(1).join(":");
}

function verifyAppToken(app: App, token: string, now: Date): Actor {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${header}.${payload}`);
  const genuine = verify("RSA-SHA256", signed, app.publicKey, Buffer.from(signature, "base64url"));
  if (!genuine) throw new Refusal(401, "A JSON web token could not be decoded");
  const claims = Claims.safeParse(parseJson(Buffer.from(payload, "base64url").toString("utf8"))).data;
  const seconds = now.getTime() / 1000;
  if (!claims || String(claims.iss) !== String(app.id)) {
    throw new Refusal(401, "'Issuer' claim ('iss') must be an Integer");
  }
  if (claims.exp <= seconds) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time",
    );
  }
  if (claims.exp > seconds + 11 * 60)
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  return { kind: "app" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
