/** Of these a part may be said, and the rest is as below it. */
const IN_PARTS = new Set([
  "safetyFactor",
  "bounds",
  "minimumChange",
  "guards",
  "largestStepPercent",
  "trial",
  "afterMerge",
  "worse",
]);

/** What settings come to with others laid over them; what those leave out is as it was. */
export function mergedSettings(base: object, over: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    if (value === undefined) continue;
    result[key] = IN_PARTS.has(key) ? mergedSettings(Object(below), Object(value)) : value;
  }
  return result;
}
