import { expect, it } from "vitest";
import { advise } from "../../../src/advice/advise.ts";
import { NO_SURROUNDINGS } from "../../../src/domain/surroundings.ts";
import { BARE, MI, usageOf } from "../situations.ts";
import { workload } from "../workload.ts";

const WINDOW = { startMs: 0, endMs: 14 * 86_400_000 };

function advised(memory: string, partial: boolean) {
  const resources = { requests: { memory }, limits: { memory } };
  const container = { name: "app", role: "main" as const, resources };
  const subject = {
    container,
    workload: workload({ containers: [container] }),
    usage: usageOf({ memory: 500 * MI }),
    partial,
    surroundings: NO_SURROUNDINGS,
  };
  return advise(subject, WINDOW, BARE);
}

it("nothing is lowered on answers that lack something, and what they show is still raised", () => {
  const { recommended, held } = advised("2Gi", true);
  expect(recommended).toBeNull();
  expect(held).toContainEqual(expect.objectContaining({ resource: "memory", code: "partial-usage" }));
  expect(advised("2Gi", false).recommended).not.toBeNull();
  expect(advised("256Mi", true).recommended).toEqual(advised("256Mi", false).recommended);
  expect(advised("256Mi", true).recommended).not.toBeNull();
});
