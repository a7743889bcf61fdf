import type { Reason } from "../domain/reason.ts";
import { amountOf, changedFields } from "../domain/resources.ts";
import { editYaml, type ScalarChange } from "../manifests/edit-yaml.ts";
import { takesNull } from "./helm-null.ts";
import { type EditPlan, type PlannedEdit, planEdits, type SettledChange } from "./plan-edits.ts";
import { proveChanges } from "./prove.ts";
import type { RepositoryScan } from "./scan-repository.ts";
import type { ChangeResult, ContainerChange, FileChange, ProvenField, TreeChange } from "./tree-change.ts";

/** Each proof leaves out what the one before it refused, or completes it. */
const MOST_PROOFS = 6;
/** A refusal may cost others that share a line theirs, and so on; without rendering. */
const MOST_PLANS = 100;

/**
 * Edits the fields that feed each container, and proves by rendering before and after that exactly the
 * intended numbers differ. What can't be proven is refused alone; the rest is done together.
 */
export async function changeRepository(
  scan: RepositoryScan,
  changes: readonly ContainerChange[],
): Promise<TreeChange> {
  const refused = new Map<ContainerChange, Reason>();
  const complete = new Set<ContainerChange>();
  const byNull = new Set<ContainerChange>();
  let [renders, proofs] = [0, 0];
  for (let plans = 0; plans < MOST_PLANS && proofs < MOST_PROOFS; plans += 1) {
    const open = changes.filter((change) => !refused.has(change));
    const plan = await planEdits(scan, open, { complete, byNull });
    const edited = await applyEdits(scan, plan);
    const early = new Map([...plan.refused, ...edited.refused]);
    for (const [change, reason] of early) refused.set(change, reason);
    if (early.size > 0) continue;
    proofs += 1;
    const proof = await proveChanges(scan, edited.files, plan.settled);
    renders += proof.renders;
    if (proof.refused.size === 0)
      return {
        files: edited.files,
        renders,
        results: changes.map((change) => resultOf(scan, change, refused, plan)),
      };
    for (const [change, reason] of proof.refused) {
      const own = plan.edits.filter(({ settled }) => settled.some((one) => one.change === change));
      // A preset counts only while nothing is set: one number alone would drop the preset's others.
      const adds = own.some(({ place }) => !place.present);
      // What a chart sets by itself is there again once its values say nothing.
      const removes = own.some(({ place, value }) => value === null && takesNull(scan, change.at, place));
      if (adds && !complete.has(change)) complete.add(change);
      else if (removes && !byNull.has(change)) byNull.add(change);
      else refused.set(change, reason);
    }
  }
  const reason: Reason = {
    code: "proof-failed",
    message: "it could not be proven together with the other changes",
  };
  const results = changes.map((change): ChangeResult => ({
    change,
    status: "refused",
    reason: refused.get(change) ?? reason,
  }));
  return { files: [], renders, results };
}

function resultOf(
  scan: RepositoryScan,
  change: ContainerChange,
  refused: ReadonlyMap<ContainerChange, Reason>,
  { settled, edits }: EditPlan,
): ChangeResult {
  const reason = refused.get(change);
  if (reason) return { change, status: "refused", reason };
  const one = settled.find((candidate) => candidate.change === change);
  const wanted = one?.wanted ?? change.wanted;
  const changed = changedFields(change.at.current, wanted).map((resource): ProvenField => ({
    resource,
    before: amountOf(change.at.current, resource),
    after: amountOf(wanted, resource),
  }));
  if (changed.length === 0 || !one) return { change, status: "unchanged" };
  // What can't be rendered is only edited, and never more than probable.
  const rendered = scan.rendered.has(change.at);
  const files = new Set(edits.filter((edit) => edit.settled.includes(one)).map(({ place }) => place.file));
  return { change, status: "proven", proof: { rendered, changed }, files: [...files] };
}

async function applyEdits(
  { sources }: RepositoryScan,
  { edits, prepared }: EditPlan,
): Promise<{ files: FileChange[]; refused: Map<ContainerChange, Reason> }> {
  const files: FileChange[] = [];
  const refused = new Map<ContainerChange, Reason>();
  const byFile = Map.groupBy(edits, ({ place }) => place.file);
  for (const path of new Set([...byFile.keys(), ...prepared.keys()])) {
    const ofFile = byFile.get(path) ?? [];
    const refuse = (settled: readonly SettledChange[], reason: Reason): void => {
      for (const { change } of settled) refused.set(change, { file: path, ...reason });
    };
    const source = sources.has(path) ? await sources.text(path) : undefined;
    if (source && "refused" in source) {
      refuse(
        ofFile.flatMap(({ settled }) => settled),
        source.refused,
      );
      continue;
    }
    const text = prepared.get(path) ?? source?.text ?? "";
    const edited = ofFile.length === 0 ? { text } : editYaml(text, ofFile.map(scalarChange));
    if ("refused" in edited) blame(text, ofFile, edited.refused, refuse);
    else if (edited.text !== source?.text)
      files.push({ path, ...(source ? { before: source.text } : {}), after: edited.text });
  }
  return { files, refused };
}

/** Whose edit it is that can't be made: each is tried alone; where all can, none can together. */
function blame(
  text: string,
  edits: readonly PlannedEdit[],
  together: Reason,
  refuse: (settled: readonly SettledChange[], reason: Reason) => void,
): void {
  let found = false;
  for (const edit of edits) {
    const alone = editYaml(text, [scalarChange(edit)]);
    if (!("refused" in alone)) continue;
    refuse(edit.settled, { line: edit.place.line, ...alone.refused });
    found = true;
  }
  if (!found)
    refuse(
      edits.flatMap(({ settled }) => settled),
      together,
    );
}

function scalarChange({ place: { document, path, inner }, value }: PlannedEdit): ScalarChange {
  return { document, path, value, ...(inner ? { inner } : {}) };
}
