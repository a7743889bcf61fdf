import { expect, it } from "vitest";
import { sinceRelease } from "../../../src/advice/guards/release.ts";
import { adviceFor, MI, type PodDays, PLAIN, usageOf } from "../situations.ts";

const GIB = { requests: { memory: "1Gi" } };
const old: PodDays = { pod: "old", image: "app:1", cpu: 0.1, memory: 900 * MI };
const tried: PodDays = { pod: "tried", image: "app:2", cpu: 0.1, memory: 300 * MI, from: 6, to: 8 };

it("what was tried and taken back says nothing of what runs", () => {
  const usage = usageOf(old, tried);
  expect(adviceFor({ usage, ...GIB, policy: PLAIN }).recommended?.requests.memory ?? "1Gi").toBe("1Gi");
  const { usage: learned, imageDays } = sinceRelease(usage, 3);
  expect(new Set(learned.days.map(({ pod }) => pod))).toEqual(new Set(["old"]));
  expect(imageDays).toBe(14);
});
