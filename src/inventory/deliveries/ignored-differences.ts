import { z } from "zod";
import type { IgnoredDifference } from "../../domain/delivery.ts";
import { listOf, Text } from "./shapes.ts";

/** An entry of `ignoreDifferences`; `*` stands for every group or kind. */
export const IgnoreRule = z.object({
  group: Text,
  kind: Text,
  namespace: Text,
  name: Text,
  jsonPointers: listOf(z.string().max(2048)),
  jqPathExpressions: listOf(z.string().max(2048)),
  managedFieldsManagers: listOf(z.string().max(253)),
});

type Rules = readonly z.output<typeof IgnoreRule>[];

/** Those that reach what a container of a workload asks for, each with the first of what reaches it. */
export function ignoredResources(rules: Rules): IgnoredDifference[] {
  return rules.flatMap((rule): IgnoredDifference[] => {
    const { jsonPointers, jqPathExpressions, managedFieldsManagers: managers } = rule;
    const by = jsonPointers.find(pointerReaches) ?? jqPathExpressions.find(expressionReaches);
    if (by !== undefined) return [{ ...whichOf(rule), by }];
    return managers.length === 0
      ? []
      : [{ ...whichOf(rule), by: `fields of ${managers.join(", ")}`, managers }];
  });
}

/** Those that reach what an Application sets inline of its sources. */
export function ignoredInline(rules: Rules): IgnoredDifference[] {
  return rules.flatMap((rule): IgnoredDifference[] => {
    const by =
      rule.jsonPointers.find((pointer) => INLINE.test(pointer)) ??
      rule.jqPathExpressions.find((expression) => INLINE.test(asPointer(expression)));
    return by === undefined ? [] : [{ ...whichOf(rule), by }];
  });
}

/** The sources, something above them, or of what Helm gets inline all, or resources. */
const INLINE =
  /^\/spec(?:\/sources?(?:\/[^/]+)?(?:\/helm(?:\/(?:values|valuesObject|parameters)(?:\/.*\bresources\b.*)?)?)?)?\/?$/;

/** Of `.spec.source.helm`, `/spec/source/helm`; of other expressions something that is no pointer. */
function asPointer(expression: string): string {
  return expression
    .trim()
    .replaceAll(/\[[^\]]*\]/g, ".0")
    .replaceAll(".", "/");
}

function whichOf({ group, kind, namespace, name }: Rules[number]): Omit<IgnoredDifference, "by"> {
  return {
    group: group === "*" ? undefined : group,
    kind: kind === "*" ? undefined : kind,
    namespace,
    name,
  };
}

const LISTS = String.raw`(?:containers|initContainers|\*)`;

/** A pointer to the resources of containers, to something that holds them, or to a part of them. */
function pointerReaches(pointer: string): boolean {
  const below = new RegExp(
    String.raw`^/spec(?:/jobTemplate/spec)?/template/spec/${LISTS}/[^/]+/resources(?:/|$)`,
  );
  const above = new RegExp(
    String.raw`^/spec(?:/jobTemplate(?:/spec)?)?(?:/template(?:/spec(?:/${LISTS}(?:/[^/]+)?)?)?)?/?$`,
  );
  return below.test(pointer) || above.test(pointer);
}

/**
 * The same of a jq expression. It may be any program; one that speaks of containers and then of nothing but
 * their resources reaches them, and so does one that ends at them or above.
 */
function expressionReaches(expression: string): boolean {
  const [, after] = /\b(?:containers|initContainers)\b(.*)$/s.exec(expression) ?? [];
  if (after === undefined)
    return /^\s*\.spec(?:\.jobTemplate(?:\.spec)?)?(?:\.template(?:\.spec)?)?\s*$/.test(expression);
  return /\bresources\b/.test(after) || !/\)\s*\.\w|\]\s*\??\s*\.\s*["\w]/.test(after);
}
