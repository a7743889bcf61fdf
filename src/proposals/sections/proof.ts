import { describeReason } from "../../domain/reason.ts";
import type { PlannedContainer } from "../evidence.ts";
import { code, prose } from "../markdown.ts";
import { counted, nameOf } from "./words.ts";

const ROWS_SHOWN = 150;

/** What was rendered, what differs, and that nothing else does. */
export function proof(changed: readonly PlannedContainer[]): string {
  const rendered = changed.filter(({ source }) => source.proof?.rendered);
  const fields = rendered.reduce((count, { source }) => count + (source.proof?.changed.length ?? 0), 0);
  const unrendered = changed.length - rendered.length;
  const probable = changed.filter(({ source }) => source.status === "probable");
  return [
    "### Proof",
    ...(rendered.length > 0
      ? [
          `The files were rendered before and after the edit and compared as objects: ${counted(fields, "field")} of ${counted(rendered.length, "container")} differ, by exactly the values above, and nothing else.`,
        ]
      : []),
    ...(unrendered > 0
      ? [`${counted(unrendered, "container")} could not be rendered here: only the lines above were edited.`]
      : []),
    ...(probable.length > 0 ? ["", `${probable.length} of them are only *probably* the right place:`] : []),
    ...probable.map((one) => `- ${code(nameOf(one))}: ${prose(one.source.reason?.message ?? "")}`),
  ].join("\n");
}

/** What was left as it is, and why. */
export function heldBack(held: readonly PlannedContainer[]): string {
  const lines = held
    .slice(0, ROWS_SHOWN)
    .flatMap((container) => [
      ...container.held
        .filter(({ code: reason }) => reason !== "right-sized")
        .map(({ resource, message }) => `- ${code(nameOf(container))} ${resource}: ${prose(message)}`),
      ...(container.source.proof === undefined && container.source.reason
        ? [`- ${code(nameOf(container))}: ${prose(describeReason(container.source.reason))}`]
        : []),
    ]);
  return lines.length === 0 ? "" : ["### Held back", ...lines].join("\n");
}
