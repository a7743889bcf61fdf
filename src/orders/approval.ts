import { createHmac, timingSafeEqual } from "node:crypto";
import type { OpenPull } from "../github/pulls.ts";
import { fullName } from "./order.ts";
import type { InstalledRepository } from "../github/repository.ts";

/** What a person approved, so that nobody else can write it into the body: of one commit of one pull request. */
export function signatureOf(
  secret: string,
  repository: InstalledRepository,
  number: number,
  { by, head }: { readonly by: string; readonly head: string },
): string {
  const what = JSON.stringify([fullName(repository).toLowerCase(), number, head, by]);
  return createHmac("sha256", secret).update(what).digest("hex");
}

/** Who approved the pull request as it is now; `undefined` where nobody did, or where it has changed since. */
export function approvedBy(
  secret: string,
  repository: InstalledRepository,
  { number, head, marker }: OpenPull,
): string | undefined {
  const approved = marker?.said?.approved;
  if (!approved || approved.head !== head) return undefined;
  const expected = Buffer.from(signatureOf(secret, repository, number, approved));
  const given = Buffer.from(approved.signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? approved.by : undefined;
}
