import { type Quantity, sameQuantity } from "../../domain/quantity.ts";
import type { ResourceName } from "../../domain/resources.ts";
import type { Method, PlannedContainer } from "../evidence.ts";
import { code, prose } from "../markdown.ts";
import { describeChange, totalChange, weight } from "../totals.ts";
import { amount, counted, LABEL } from "./words.ts";

/** What hurts, else the largest gap between what is asked for and used; and what all of it comes to. */
export function headline(changed: readonly PlannedContainer[], { prices }: Method): string {
  const byWeight = changed.toSorted((a, b) => weight(b) - weight(a));
  const first = byWeight.find(({ urgent }) => urgent.length > 0) ?? byWeight[0];
  if (!first) return "";
  const name = code(`${first.workload.namespace}/${first.workload.name}`);
  const total = describeChange(totalChange(changed), prices);
  const more =
    changed.length > 1
      ? ` ${counted(changed.length, "container")} change: ${total}.`
      : ` In total: ${total}.`;
  return `**${name} ${reason(first)}.**${more}`;
}

function reason(container: PlannedContainer): string {
  const { urgent } = container;
  if (urgent.length > 0) {
    const what = [...new Set(urgent.map(({ resource }) => LABEL[resource]))].join(" and ");
    return `needs more ${what}: ${urgent.map(({ message }) => prose(message)).join(", and ")}`;
  }
  const claims = (["cpu", "memory"] as const).flatMap((resource) => claim(container, resource));
  return claims.length > 0 ? claims.join(", and ") : "asks for other resources";
}

function claim(container: PlannedContainer, resource: ResourceName): string[] {
  const after = container.recommended?.requests[resource];
  const before = container.current.requests[resource];
  const measured = container.usage[resource];
  if (!measured || after === undefined || sameQuantity(before, after)) return [];
  const used = amount(resource, measured.p95);
  const asks =
    before === undefined ? `asks for no ${LABEL[resource]}` : `asks for ${asked(resource, before)}`;
  return [`${asks} and uses ${code(used)} at p95`];
}

/** `2` cores, `250m` CPU, `1Gi` memory. */
function asked(resource: ResourceName, quantity: Quantity): string {
  const cores = resource === "cpu" && /^[\d.]+$/.test(quantity);
  return `${code(quantity)} ${cores ? (quantity === "1" ? "core" : "cores") : LABEL[resource]}`;
}
