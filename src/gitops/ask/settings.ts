import { nanos } from "../../domain/quantity.ts";
import type { Reason } from "../../domain/reason.ts";
import {
  type Amounts,
  amountOf,
  RESOURCE_FIELDS,
  type Resources,
  withAmount,
} from "../../domain/resources.ts";
import { changeRepository } from "../change.ts";
import type { ChangeResult, ContainerChange, FileChange } from "../tree-change.ts";
import type { LayerKind, ScannedContainer } from "../scan.ts";
import type { RepositoryScan } from "../scan-repository.ts";
import { type EditedLine, editedLines } from "./edited-lines.ts";
import { type ContainerQuery, findContainer } from "./find-container.ts";

/** What a person wants a container to have; what is not named stays. */
export interface Setting extends ContainerQuery {
  /** Where to set it, if not where it is set now. */
  readonly layer?: LayerKind;
  readonly requests: Amounts;
  readonly limits: Amounts;
}

export type SettingResult = { readonly setting: Setting } & (
  | { readonly status: "ambiguous" | "unmapped"; readonly reason: Reason }
  | { readonly status: "refused"; readonly at: ScannedContainer; readonly reason: Reason }
  | {
      readonly status: "proven" | "unchanged";
      readonly at: ScannedContainer;
      readonly change: ChangeResult;
      readonly edits: readonly EditedLine[];
    }
);

export interface AppliedSettings {
  /** In the order of the settings. */
  readonly results: readonly SettingResult[];
  /** Whatever is proven, applied together. */
  readonly files: readonly FileChange[];
  /** Beside those of the scan. */
  readonly renders: number;
}

/** All settings as one change of a repository, with one proof: several may speak of one container. */
export async function applySettings(
  scan: RepositoryScan,
  settings: readonly Setting[],
): Promise<AppliedSettings> {
  const found = settings.map((setting) => ({ setting, answer: findContainer(scan, setting) }));
  const wishes = Map.groupBy(
    found.flatMap(({ setting, answer }) => ("at" in answer ? [{ setting, at: answer.at }] : [])),
    ({ at }) => at,
  );
  const refused = new Map<ScannedContainer, Reason>();
  const changes: ContainerChange[] = [];
  for (const [at, ofContainer] of wishes) {
    const change = together(
      at,
      ofContainer.map(({ setting }) => setting),
    );
    if ("code" in change) refused.set(at, change);
    else changes.push(change);
  }
  const { files, results, renders } = await changeRepository(scan, changes);
  const lines = await editedLines(scan, files, results);
  const byContainer = new Map(results.map((result) => [result.change.at, result]));
  return {
    files,
    renders,
    results: found.map(({ setting, answer }): SettingResult => {
      if (!("at" in answer)) return { setting, ...answer };
      const { at } = answer;
      const change = byContainer.get(at);
      const reason = refused.get(at) ?? (change?.status === "refused" ? change.reason : undefined);
      if (reason || !change || change.status === "refused")
        return { setting, at, status: "refused", reason: reason ?? NOT_TRIED };
      return { setting, at, status: change.status, change, edits: lines.get(change) ?? [] };
    }),
  };
}

const NOT_TRIED: Reason = { code: "proof-failed", message: "it could not be proven" };

/** What all settings of one container ask for, or why that can't be. */
function together(at: ScannedContainer, settings: readonly Setting[]): ContainerChange | Reason {
  let wanted: Resources = at.current;
  for (const field of RESOURCE_FIELDS) {
    const amounts = new Set(settings.flatMap((setting) => amountOf(setting, field) ?? []));
    if (new Set([...amounts].map(nanos)).size > 1)
      return {
        code: "contradiction",
        message: `${field} is asked to be ${[...amounts].join(" and ")} at once`,
      };
    const [amount] = amounts;
    if (amount !== undefined) wanted = withAmount(wanted, field, amount);
  }
  const layers = new Set(settings.flatMap(({ layer }) => layer ?? []));
  const [layer] = layers;
  if (layers.size > 1)
    return { code: "contradiction", message: `it is asked for in the layers ${[...layers].join(" and ")}` };
  return { at, wanted, ...(layer === undefined ? {} : { layer }) };
}
