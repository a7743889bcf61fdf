import { baseUnits } from "../../domain/quantity.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../domain/resources.ts";
import type { Method, PlannedContainer } from "../evidence.ts";
import { code, prose } from "../markdown.ts";
import { amount, changedRequests, counted, LABEL, nameOf, percent, severalClusters } from "./words.ts";

const CONTAINERS_SHOWN = 30;

/** Above the reasons. */
export const WHY = "### Why these values";

/** Why these values: what decided, how they would have fared, how sure that is. */
export function decided(changed: readonly PlannedContainer[], { window }: Method): string {
  const clusters = severalClusters(changed);
  const lines = changed.slice(0, CONTAINERS_SHOWN).flatMap((container) => {
    const where = clusters ? ` in ${code(container.cluster)}` : "";
    const { confidenceLevel, confidence, urgent } = container;
    return [
      `- ${code(nameOf(container))}${where}: confidence ${confidenceLevel} (${confidence.toFixed(2)})`,
      ...urgent.map(
        ({ resource, message }) => `  - **${LABEL[resource]} raised without delay**: ${prose(message)}`,
      ),
      ...RESOURCE_NAMES.flatMap((resource) => [
        ...reasons(container, resource),
        ...fared(container, resource, window),
      ]),
    ];
  });
  const more = changed.length - CONTAINERS_SHOWN;
  return [
    WHY,
    ...lines,
    ...(more > 0 ? [`- and ${counted(more, "more container")}; \`/loadline explain\` says why`] : []),
  ].join("\n");
}

/** What decided, and what bounded it. */
function reasons({ because, guarded }: PlannedContainer, resource: ResourceName): string[] {
  const said = [
    ...because.filter((one) => one.resource === resource).map(({ sentence }) => sentence),
    ...guarded.filter((one) => one.resource === resource).map(({ message }) => message),
  ];
  return said.length === 0 ? [] : [`  - ${LABEL[resource]}: ${said.map(prose).join("; ")}`];
}

/** How the request of now and the proposed one fare against what was used. */
function fared(container: PlannedContainer, resource: ResourceName, window: string): string[] {
  const change = changedRequests(container).find((one) => one.resource === resource);
  const measured = container.usage[resource];
  if (!change || !measured) return [];
  const { before, after } = change;
  const { now, proposed } = measured.over;
  const above = [
    ...(before === undefined || now === undefined ? [] : [`${share(now)} above the ${code(before)} of now`]),
    ...(proposed === undefined ? [] : [`${share(proposed)} above the proposed ${code(after)}`]),
  ];
  if (above.length === 0) return [];
  const limit = container.recommended?.limits[resource];
  const room =
    resource === "memory" && limit !== undefined && measured.max > 0
      ? `; the peak of ${code(amount(resource, measured.max))} leaves ${percent(Math.max(0, 1 - measured.max / baseUnits(limit)))} of the limit ${code(limit)}`
      : "";
  return [
    `  - ${LABEL[resource]}, of ${counted(measured.samples, "sample")} in the last ${window}: ${above.join(", ")}${room}`,
  ];
}

function share(of: number): string {
  return of === 0 ? "none" : percent(of);
}
