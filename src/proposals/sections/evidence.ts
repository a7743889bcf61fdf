import { baseUnits } from "../../domain/quantity.ts";
import type { Method, PlannedContainer } from "../evidence.ts";
import { code, prose } from "../markdown.ts";
import { amount, changedRequests, counted, LABEL, nameOf, percent } from "./words.ts";

const CONTAINERS_SHOWN = 30;

/** Why these values: what decided, how they would have fared, how sure that is. */
export function decided(changed: readonly PlannedContainer[], { window }: Method): string {
  const shown = changed.slice(0, CONTAINERS_SHOWN);
  const lines = shown.flatMap((container) => [
    `- ${code(nameOf(container))}: confidence ${container.confidenceLevel} (${container.confidence.toFixed(2)})`,
    ...container.urgent.map(({ message }) => `  - **raised without delay**: ${prose(message)}`),
    ...changedRequests(container).flatMap((change) => reasons(container, change, window)),
    ...container.guarded.map(({ resource, message }) => `  - ${LABEL[resource]}: ${prose(message)}`),
  ]);
  const more = changed.length - shown.length;
  return [
    "### Why these values",
    ...lines,
    ...(more > 0 ? [`- and ${counted(more, "more container")}; \`/loadline explain\` says why`] : []),
  ].join("\n");
}

function reasons(
  container: PlannedContainer,
  { resource, before, after }: ReturnType<typeof changedRequests>[number],
  window: string,
): string[] {
  const measured = container.usage[resource];
  const because = container.because.find((one) => one.resource === resource)?.sentence;
  const lines = because === undefined ? [] : [`  - ${LABEL[resource]}: ${prose(because)}`];
  if (!measured) return lines;
  const { now, proposed } = measured.over;
  const above = [
    ...(before === undefined || now === undefined ? [] : [`${share(now)} above the ${code(before)} of now`]),
    ...(proposed === undefined ? [] : [`${share(proposed)} above the proposed ${code(after)}`]),
  ];
  const limit = container.recommended?.limits[resource];
  const room =
    resource === "memory" && limit !== undefined && measured.max > 0
      ? `; the peak of ${code(amount(resource, measured.max))} leaves ${percent(Math.max(0, 1 - measured.max / baseUnits(limit)))} of the limit ${code(limit)}`
      : "";
  if (above.length === 0) return lines;
  return [
    ...lines,
    `  - of ${counted(measured.samples, "sample")} in the last ${window}: ${above.join(", ")}${room}`,
  ];
}

function share(of: number): string {
  return of === 0 ? "none" : percent(of);
}
