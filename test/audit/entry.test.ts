import { describe, expect, it } from "vitest";
import { z } from "zod";
import { auditEntrySchema } from "../../src/audit/entry.ts";

/** What scripts hold on to: words may be added here, and none is ever taken away or means something else. */
describe("a line of the audit log", () => {
  const { properties, required } = z.toJSONSchema(auditEntrySchema);
  const words = (name: string): unknown => {
    const property = properties?.[name];
    return typeof property === "object" ? property.enum : undefined;
  };

  it("has these keys, all of them always", () => {
    const keys = [
      "version",
      "at",
      "actor",
      "action",
      "command",
      "repository",
      "number",
      "workloads",
      "evidence",
      "outcome",
    ];
    expect(Object.keys(properties ?? {})).toEqual(keys);
    expect(required).toEqual(keys);
  });

  it("is of version 1, and tells of these decisions", () => {
    expect(properties?.["version"]).toMatchObject({ const: 1 });
    expect(words("action")).toEqual([
      "opened",
      "updated",
      "rebased",
      "closed",
      "merged",
      "reverted",
      "command",
      "ticked",
      "trial-begun",
      "trial-ended",
    ]);
    expect(words("outcome")).toEqual(["done", "refused", "failed"]);
  });
});
