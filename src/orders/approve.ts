import { enableAutoMerge } from "../github/auto-merge.ts";
import { mergePull } from "../github/merge.ts";
import { listed, merge } from "./merge.ts";
import { signatureOf, approvedBy } from "./approval.ts";
import { remember } from "./change-pull.ts";
import { fullName, NEEDS_PULL, type OrderContext } from "./order.ts";
import type { InstalledRepository } from "../github/repository.ts";
import { openPulls } from "../github/pulls.ts";
import { isHeld } from "../github/publish.ts";
import { auditOf, evidenceIn } from "../sweep/audit.ts";
import type { SweepSetup } from "../sweep/setup.ts";

/** Merges as soon as the checks of this commit have passed; a later commit needs another approval. */
export async function approve(context: OrderContext): Promise<string> {
  const { pull, repository, login, setup } = context;
  if (!pull) return await merge(context);
  if (!pull.marker) return NEEDS_PULL;
  if (isHeld(pull.marker, setup.now())) return await merge(context);
  const { number, head } = pull;
  const result = await mergePull(repository, number, head);
  const pending = result.outcome === "waiting" || result.outcome === "refused";
  if (pending && (await enableAutoMerge(repository, number, head)))
    return `Approved at ${head.slice(0, 10)}: GitHub merges it by itself as soon as all that protects its base is content.`;
  if (result.outcome !== "waiting") return await merge(context);
  const approval = { by: login, head: pull.head };
  const signature = signatureOf(setup.secret, repository, pull.number, approval);
  await remember(context, (said) => ({ ...said, approved: { ...approval, signature } }));
  return `Approved at ${pull.head.slice(0, 10)}: it is merged as soon as these checks have passed: ${listed(result.checks)}.`;
}

/** Merges what was approved, now that checks are done. */
export async function mergeApproved(setup: SweepSetup, repository: InstalledRepository): Promise<void> {
  const audit = auditOf(setup);
  for (const pull of await openPulls(repository)) {
    const { number, head, body } = pull;
    const actor = approvedBy(setup.secret, repository, pull);
    if (actor === undefined || isHeld(pull.marker, setup.now())) continue;
    if ((await mergePull(repository, number, head)).outcome !== "merged") continue;
    const of = { repository: fullName(repository), number, ...evidenceIn(body) };
    await audit({ ...of, actor, action: "merged", command: null, outcome: "done" });
  }
}
