import { appendEntry } from "../audit/audit-file.ts";
import { auditFile } from "../audit/audit-place.ts";
import type { AuditLog, Decision } from "../audit/entry.ts";
import { type Marker, readMarker } from "../proposals/marker.ts";
import type { FollowResult } from "./after-merge/follow-merged.ts";
import type { SweepSetup } from "./setup.ts";
import type { SweepResult, SweptRepository } from "./sweep.ts";

/** Keeps decisions where the configuration says; in the log where it says nothing, or where that fails. */
export function auditOf({
  config,
  folder,
  log,
  now,
}: Pick<SweepSetup, "config" | "folder" | "log" | "now">): AuditLog {
  const file = auditFile(config, folder);
  return async (decision) => {
    const entry = { version: 1, at: new Date(now()).toISOString(), ...decision } as const;
    if (file === undefined) {
      log.info({ audit: entry }, "decided");
      return;
    }
    await appendEntry(file, entry).catch((error: unknown) =>
      log.error({ err: error, audit: entry }, "a decision could not be written to the audit log"),
    );
  };
}

/** What a sweep did to pull requests, and who ticked boxes. */
export async function recordSweep(
  audit: AuditLog,
  { repositories, ...followed }: SweepResult,
): Promise<void> {
  await recordFollowed(audit, followed);
  for (const decision of repositories.flatMap(decisionsIn)) await audit(decision);
}

/** What was taken back after its merge, and which of those pull requests were merged. */
export async function recordFollowed(
  audit: AuditLog,
  { followed, revertsMerged }: FollowResult,
): Promise<void> {
  for (const { repository, number, marker, before, after } of followed) {
    if (after.revert === undefined || before?.revert !== undefined) continue;
    const of = { ...BY_ITSELF, repository, ...evidenceOf(marker) };
    await audit({ ...of, action: "reverted", number });
    await audit({ ...of, action: "opened", number: after.revert });
  }
  for (const { repository, number, marker } of revertsMerged)
    await audit({ ...BY_ITSELF, action: "merged", repository, number, ...evidenceOf(marker) });
}

/** What Loadline does without being told to. */
const BY_ITSELF = { actor: "loadline", command: null, outcome: "done" } as const;

function decisionsIn({ repository, ...done }: SweptRepository): Decision[] {
  const { onboarding, published, merged, closed, ticked } = done;
  const of = { ...BY_ITSELF, repository };
  const offered = onboarding ? [{ ...onboarding, body: "" }] : [];
  const proposed = published.map(({ outcome, number, proposal: { body } }) => ({ outcome, number, body }));
  return [
    ...ticked.map(({ number, by, branches, outcome }) => ({
      ...of,
      actor: by ?? "unknown",
      action: "ticked" as const,
      command: branches.join(" "),
      number,
      outcome,
      ...evidenceIn(""),
    })),
    ...[...offered, ...proposed].flatMap(({ outcome, number, body }) =>
      outcome === "opened" || outcome === "updated" || outcome === "rebased"
        ? [{ ...of, action: outcome, number, ...evidenceIn(body) }]
        : [],
    ),
    ...merged.map(({ number, proposal }) => ({
      ...of,
      action: "merged" as const,
      number,
      ...evidenceIn(proposal.body),
    })),
    ...closed.map(({ number, body }) => ({ ...of, action: "closed" as const, number, ...evidenceIn(body) })),
  ];
}

type Evidence = Pick<Decision, "workloads" | "evidence">;

/** What the body of a pull request says of its workloads and fingerprint. */
export function evidenceIn(body: string): Evidence {
  const marker = readMarker(body);
  return marker ? evidenceOf(marker) : { workloads: [], evidence: null };
}

function evidenceOf({ workloads, fingerprint: evidence }: Marker): Evidence {
  return { workloads, evidence };
}
