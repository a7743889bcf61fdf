import { baseUnits, nanos, type Quantity, sameQuantity } from "../domain/quantity.ts";
import {
  amountOf,
  RESOURCE_FIELDS,
  RESOURCE_NAMES,
  type ResourceField,
  type Resources,
  splitField,
} from "../domain/resources.ts";
import type { ScannedContainer } from "../gitops/scan.ts";
import { type Finding, findingAt } from "./finding.ts";
import type { ContainerPair } from "./pair.ts";

/** What the change of one container's numbers means, whatever it uses. */
export function changeFindings(pair: ContainerPair): Finding[] {
  const { before, after } = pair;
  if (!after)
    // Its lines are gone with it.
    return [
      { ...withoutPlace(findingAt(before, { rule: "container-gone", level: "note", message: "gone" })) },
    ];
  return [
    ...aboveLimits(pair.before?.current, after),
    ...(before ? fieldsOf(before, after) : addedContainer(after)),
  ];
}

/** The numbers that a pair sets or changes. */
export function touchedFields(before: Resources | undefined, after: Resources): ResourceField[] {
  return RESOURCE_FIELDS.filter(
    (field) =>
      amountOf(after, field) !== undefined &&
      (!before || !sameQuantity(amountOf(before, field), amountOf(after, field))),
  );
}

function withoutPlace({ file: _file, line: _line, column: _column, ...finding }: Finding): Finding {
  return finding;
}

function aboveLimits(before: Resources | undefined, after: ScannedContainer): Finding[] {
  const { requests, limits } = after.current;
  const touched = new Set(touchedFields(before, after.current));
  return RESOURCE_NAMES.flatMap((name): Finding[] => {
    const [request, limit] = [nanos(requests[name] ?? ""), nanos(limits[name] ?? "")];
    if (request === undefined || limit === undefined || request <= limit) return [];
    const field = ([`requests.${name}`, `limits.${name}`] as const).find((one) => touched.has(one));
    if (field === undefined) return [];
    const message = `the ${name} request ${requests[name]} is above the limit ${limits[name]}; Kubernetes refuses such a container`;
    return [findingAt(after, { rule: "request-above-limit", level: "error", message }, field)];
  });
}

function fieldsOf(before: ScannedContainer, after: ScannedContainer): Finding[] {
  return RESOURCE_FIELDS.flatMap((field): Finding[] => {
    const [old, now] = [amountOf(before.current, field), amountOf(after.current, field)];
    if (sameQuantity(old, now)) return [];
    if (now !== undefined) {
      const message = `${field} ${old ?? "not set"} → ${now}${share(old, now)}`;
      return [findingAt(after, { rule: "amount-changed", level: "note", message }, field)];
    }
    return [removed(after, field, old)];
  });
}

function removed(after: ScannedContainer, field: ResourceField, old: Quantity | undefined): Finding {
  const [side, name] = splitField(field);
  const was = `${field} is taken away (was ${old})`;
  if (side === "limits") {
    const level = name === "memory" ? "warning" : "note";
    const effect = name === "memory" ? "it may use up its node's memory" : "it is no longer throttled";
    return findingAt(after, { rule: "limit-removed", level, message: `${was}: ${effect}` }, field);
  }
  const limit = after.current.limits[name];
  const said =
    limit === undefined
      ? ({ level: "warning", message: `${was}: nothing is reserved for it` } as const)
      : ({ level: "note", message: `${was}: its limit ${limit} is now its request` } as const);
  return findingAt(after, { rule: "request-removed", ...said }, field);
}

function addedContainer(after: ScannedContainer): Finding[] {
  const amounts = RESOURCE_FIELDS.flatMap((field) => {
    const amount = amountOf(after.current, field);
    return amount === undefined ? [] : [`${field} ${amount}`];
  });
  const message = `new, with ${amounts.length > 0 ? amounts.join(", ") : "no requests and limits"}`;
  const { requests, limits } = after.current;
  return [
    findingAt(after, { rule: "container-added", level: "note", message }),
    ...RESOURCE_NAMES.filter((name) => (requests[name] ?? limits[name]) === undefined).map((name) =>
      findingAt(
        after,
        { rule: "request-missing", level: "warning", message: `sets no ${name} request` },
        `requests.${name}`,
      ),
    ),
    ...(limits.memory === undefined
      ? [
          findingAt(
            after,
            { rule: "memory-limit-missing", level: "note", message: "sets no memory limit" },
            "limits.memory",
          ),
        ]
      : []),
  ];
}

/** ` (−50%)`; nothing where there is no number to compare with. */
function share(old: Quantity | undefined, now: Quantity): string {
  if (old === undefined || !nanos(old) || nanos(now) === undefined) return "";
  const percent = Math.round((baseUnits(now) / baseUnits(old) - 1) * 100);
  return ` (${percent < 0 ? "−" : "+"}${Math.abs(percent)}%)`;
}
