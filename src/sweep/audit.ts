import { appendEntry } from "../audit/audit-file.ts";
import { auditFile } from "../audit/audit-place.ts";
import type { AuditLog, Decision } from "../audit/entry.ts";
import { readMarker } from "../proposals/marker.ts";
import type { SweepSetup } from "./setup.ts";
import type { SweepResult } from "./sweep.ts";

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

const DONE = new Set(["opened", "updated", "rebased"] as const);

/** What a sweep did to pull requests. */
export async function recordSweep(audit: AuditLog, { repositories }: SweepResult): Promise<void> {
  const by = { actor: "loadline", command: null, outcome: "done" } as const;
  for (const { repository, published, merged, closed, ticked } of repositories) {
    for (const { number, by: login, branches, outcome } of ticked) {
      const of = { command: branches.join(" "), workloads: [], evidence: null };
      await audit({ ...of, actor: login ?? "unknown", action: "ticked", repository, number, outcome });
    }
    for (const { outcome, number, proposal } of published)
      for (const action of DONE)
        if (action === outcome)
          await audit({ ...by, action, repository, number, ...evidenceIn(proposal.body) });
    for (const { number, proposal } of merged)
      await audit({ ...by, action: "merged", repository, number, ...evidenceIn(proposal.body) });
    for (const { number, body } of closed)
      await audit({ ...by, action: "closed", repository, number, ...evidenceIn(body) });
  }
}

/** What the body of a pull request says of its workloads and fingerprint. */
export function evidenceIn(body: string): Pick<Decision, "workloads" | "evidence"> {
  const marker = readMarker(body);
  return { workloads: marker?.workloads ?? [], evidence: marker?.fingerprint ?? null };
}
