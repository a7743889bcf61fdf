import { baseUnits, type Quantity } from "../../domain/quantity.ts";
import { type ResourceField, type ResourceName, splitField } from "../../domain/resources.ts";
import { type FieldPlace, placeOf } from "../../gitops/scan.ts";
import type { Method, PlannedContainer, UsageSummary } from "../evidence.ts";
import { code, table } from "../markdown.ts";
import { describeCost } from "../totals.ts";
import { amount, LABEL, nameOf, severalClusters } from "./words.ts";

const ROWS_SHOWN = 150;
const NAMES_SHOWN = 3;

/** A number of a file that changes, and the containers that it feeds. */
interface Row {
  readonly field: ResourceField;
  readonly before: Quantity | undefined;
  /** Undefined where the number is taken away. */
  readonly after: Quantity | undefined;
  readonly place: FieldPlace | undefined;
  readonly feeds: readonly PlannedContainer[];
}

/** A row for each number that changes, as the edit was proven: clusters that share a file may need other values. */
export function changeTable(changed: readonly PlannedContainer[], { prices }: Method): string {
  const rows = rowsOf(changed);
  const clusters = severalClusters(changed);
  const cells = rows.slice(0, ROWS_SHOWN).map((row) => {
    const { field, before, after, place, feeds } = row;
    const [, resource] = splitField(field);
    const measured = largestUse(feeds, resource);
    return [
      ...(clusters ? [list(feeds.map(({ cluster }) => cluster))] : []),
      list(feeds.map(nameOf)),
      lines(field.replace(".", " "), place && code(`${place.file}:${place.line}`)),
      `${before === undefined ? "—" : code(before)} → **${after === undefined ? "none" : code(after)}**${moved(before, after)}`,
      ...(prices ? [cost(row, prices)] : []),
      measured
        ? lines(`${amount(resource, measured.p95)} · ${amount(resource, measured.max)}`, sparkline(measured))
        : "—",
    ];
  });
  const head = [
    ...(clusters ? ["cluster"] : []),
    "container",
    "field",
    "now → proposed",
    ...(prices ? ["a month"] : []),
    "used: p95 · peak, p95 by day",
  ];
  const notes = [
    ...(rows.length > ROWS_SHOWN ? [`and ${rows.length - ROWS_SHOWN} more lines`] : []),
    ...(rows.some(({ feeds }) => feeds.length > 1)
      ? ["Where a line feeds several containers, the use is that of the one that needs most."]
      : []),
    ...(prices ? [assumption(prices)] : []),
  ];
  return [table(head, cells), ...notes].join("\n\n");
}

function rowsOf(changed: readonly PlannedContainer[]): Row[] {
  const all = changed.flatMap((container) =>
    (container.source.proof?.changed ?? []).map(({ resource: field, before, after }) => ({
      field,
      before,
      after,
      container,
      place: container.source.at && placeOf(container.source.at, field),
    })),
  );
  const groups = Map.groupBy(all, ({ field, before, after, place, container }) =>
    JSON.stringify(
      place
        ? [place.file, place.document, place.path, field, before, after]
        : [container.cluster, nameOf(container), field],
    ),
  );
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, feeds: same.map(({ container }) => container) }] : [];
  });
}

/** Under each other in one cell: a table as wide as all that is cut off at its right. */
function lines(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined).join("<br>");
}

function list(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length - NAMES_SHOWN;
  return different.slice(0, NAMES_SHOWN).map(code).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function largestUse(feeds: readonly PlannedContainer[], resource: ResourceName): UsageSummary | undefined {
  const [largest] = feeds
    .flatMap(({ usage }) => usage[resource] ?? [])
    .sort((a, b) => b.max - a.max || b.p95 - a.p95);
  return largest;
}

type Prices = NonNullable<Method["prices"]>;

/** Limits cost nothing. */
function cost({ field, before, after, feeds }: Row, prices: Prices): string {
  const [side, resource] = splitField(field);
  if (side === "limits" || after === undefined) return "—";
  const replicas = feeds.reduce((sum, one) => sum + (one.replicas ?? 1), 0);
  const units = (baseUnits(after) - baseUnits(before ?? "0")) * replicas;
  const change = resource === "cpu" ? { cores: units, bytes: 0 } : { cores: 0, bytes: units };
  return describeCost(change, prices) ?? "—";
}

function assumption({ cpuCoreMonth, memoryGiMonth, currency }: Prices): string {
  return `At ${cpuCoreMonth} ${code(currency)} a month for a ${LABEL.cpu} core and ${memoryGiMonth} for a GiB of ${LABEL.memory}, as the policy says, for all replicas; saved only where nodes become fewer.`;
}

function moved(before: Quantity | undefined, after: Quantity | undefined): string {
  if (before === undefined || after === undefined || baseUnits(before) === 0) return "";
  const share = Math.round((baseUnits(after) / baseUnits(before) - 1) * 100);
  return ` (${share < 0 ? "−" : "+"}${Math.abs(share)}%)`;
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
