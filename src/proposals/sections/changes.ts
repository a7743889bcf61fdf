import { baseUnits, type Quantity, sameQuantity } from "../../domain/quantity.ts";
import { type ResourceName, splitField } from "../../domain/resources.ts";
import { placeOf } from "../../gitops/scan.ts";
import type { Method, PlannedContainer, UsageSummary } from "../evidence.ts";
import { code, table } from "../markdown.ts";
import { describeChange, totalChange, weight } from "../totals.ts";
import { amount, counted, LABEL, nameOf } from "./words.ts";

const ROWS_SHOWN = 150;

/** What the container with the largest gap asks for and uses, and what all of it comes to. */
export function headline(changed: readonly PlannedContainer[], { prices }: Method): string {
  const [first] = changed.toSorted((a, b) => weight(b) - weight(a));
  if (!first) return "";
  const name = code(`${first.workload.namespace}/${first.workload.name}`);
  const total = describeChange(totalChange(changed), prices);
  const more =
    changed.length > 1
      ? ` ${counted(changed.length, "container")} change: ${total}.`
      : ` In total: ${total}.`;
  const claims = (["cpu", "memory"] as const).flatMap((resource) => claim(first, resource));
  return `**${name} ${claims.length > 0 ? claims.join(", and ") : "asks for other resources"}.**${more}`;
}

function claim(container: PlannedContainer, resource: ResourceName): string[] {
  const after = container.recommended?.requests[resource];
  const before = container.current.requests[resource];
  const measured = container.usage[resource];
  if (!measured || after === undefined || sameQuantity(before, after)) return [];
  const used = amount(resource, measured.p95);
  const asks =
    before === undefined ? `asks for no ${LABEL[resource]}` : `asks for ${code(before)} ${LABEL[resource]}`;
  return [`${asks} and uses ${code(used)} at p95`];
}

/** A row for each number that changes, as the edit was proven: clusters that share a file may need other values. */
export function changeTable(changed: readonly PlannedContainer[]): string {
  const clusters = new Set(changed.map(({ cluster }) => cluster));
  const rows = changed.slice(0, ROWS_SHOWN).flatMap((container) =>
    (container.source.proof?.changed ?? []).map(({ resource: field, before, after }) => {
      const [, resource] = splitField(field);
      const measured = container.usage[resource];
      const place = container.source.at && placeOf(container.source.at, field);
      return [
        ...(clusters.size > 1 ? [code(container.cluster)] : []),
        code(nameOf(container)),
        field.replace(".", " "),
        `${before === undefined ? "—" : code(before)} → **${code(after)}**${moved(before, after)}`,
        measured ? `${amount(resource, measured.p95)} · ${amount(resource, measured.max)}` : "—",
        measured ? sparkline(measured) : "—",
        place ? code(`${place.file}:${place.line}`) : "—",
      ];
    }),
  );
  const head = [
    ...(clusters.size > 1 ? ["cluster"] : []),
    "container",
    "field",
    "now → proposed",
    "used: p95 · peak",
    "p95 by day",
    "line",
  ];
  const more = changed.length > ROWS_SHOWN ? `\n\nand ${changed.length - ROWS_SHOWN} more containers` : "";
  return table(head, rows) + more;
}

function moved(before: Quantity | undefined, after: Quantity): string {
  if (before === undefined || baseUnits(before) === 0) return "";
  const share = Math.round((baseUnits(after) / baseUnits(before) - 1) * 100);
  return ` (${share < 0 ? "−" : "+"}${Math.abs(share)} %)`;
}

const BARS = "▁▂▃▄▅▆▇█";
const DAYS_SHOWN = 14;

/** The 95th percentile of each of the last days, against the highest of them. */
function sparkline({ days }: UsageSummary): string {
  const shown = days.slice(-DAYS_SHOWN);
  const highest = Math.max(...shown.map(({ p95 }) => p95));
  if (!(highest > 0)) return BARS.charAt(0).repeat(shown.length);
  return shown
    .map(({ p95 }) => BARS.charAt(Math.min(BARS.length - 1, Math.floor((p95 / highest) * (BARS.length - 1)))))
    .join("");
}
