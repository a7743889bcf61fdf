import fc from "fast-check";
import { expect, it } from "vitest";
import { advise } from "../../../src/advice/advise.ts";
import { baseUnits } from "../../../src/domain/quantity.ts";
import { NO_SURROUNDINGS } from "../../../src/domain/surroundings.ts";
import { BARE, MI, usageOf } from "../situations.ts";
import { workload } from "../workload.ts";

const WINDOW = { startMs: 0, endMs: 14 * 86_400_000 };

function advised(current: string, uses: number, tooLittle: string) {
  const container = {
    name: "app",
    role: "main" as const,
    resources: { requests: { memory: current }, limits: { memory: current } },
  };
  const subject = {
    container,
    workload: workload({ containers: [container] }),
    usage: usageOf({ memory: uses }),
    surroundings: NO_SURROUNDINGS,
    tooLittle: { "requests.memory": tooLittle, "limits.memory": tooLittle },
  };
  return advise(subject, WINDOW, BARE);
}

it("what was too little is left behind by a fifth", () => {
  const { recommended, guarded } = advised("2Gi", 300 * MI, "512Mi");
  expect(baseUnits(recommended?.requests.memory ?? "0")).toBeGreaterThanOrEqual(1.2 * 512 * MI);
  expect(guarded.map(({ code }) => code)).toContain("floor");
});

it("nothing is lowered to what was too little, nor raised only to get away from it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 64, max: 4096 }),
      fc.integer({ min: 1, max: 4096 }),
      fc.integer({ min: 32, max: 4096 }),
      (now, uses, low) => {
        fc.pre(uses < now && low < now);
        const { recommended } = advised(`${now}Mi`, uses * MI, `${low}Mi`);
        const request = baseUnits(recommended?.requests.memory ?? `${now}Mi`);
        expect(request).toBeGreaterThan(low * MI);
        if (1.2 * low > now) expect(request).toBeLessThanOrEqual(Math.max(now, 1.2 * uses + 200) * MI);
      },
    ),
  );
});
