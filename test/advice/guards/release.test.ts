import { describe, expect, it } from "vitest";
import { sinceRelease } from "../../../src/advice/guards/release.ts";
import { adviceFor, BARE, codes, guarded, usageOf } from "../situations.ts";

const REQUESTS = { cpu: "1" };

/** An image that used `before`, and since `day` another that uses `after`. */
function released(day: number, before: number, after: number) {
  return usageOf(
    { image: "app:1", pod: "app-a", to: day, cpu: before },
    { image: "app:2", pod: "app-b", from: day, cpu: after },
  );
}

describe("a new image", () => {
  it("lowers nothing before three full days of it were seen, and then by its own days alone", () => {
    const waiting = adviceFor({ usage: released(11, 0.5, 0.1), requests: REQUESTS });
    expect(codes(waiting)).toContain("cpu new-image");
    expect(waiting.held[0]?.message).toMatch(/app:2 runs for 3 days: nothing is lowered before 3 full days/);
    const seen = adviceFor({ usage: released(10, 0.5, 0.1), requests: REQUESTS });
    expect(seen.recommended?.requests.cpu).toBe("100m");
  });

  it("that needs more is given more at once", () => {
    const { recommended } = adviceFor({ usage: released(12, 0.5, 2), requests: REQUESTS });
    expect(recommended?.requests.cpu).toBe("2");
  });

  it("is the one that came last, also where an old one still runs beside it", () => {
    const usage = usageOf(
      { image: "app:1", pod: "app-a", cpu: 0.5 },
      { image: "app:2", pod: "app-b", from: 5, cpu: 0.1 },
    );
    expect(sinceRelease(usage, 3).usage.days.map(({ image }) => image)).toEqual(Array(9).fill("app:2"));
  });

  it("every day is nothing new: all days count", () => {
    const days = Array.from({ length: 14 }, (_, day) => ({
      image: `app:${day}`,
      from: day,
      to: day,
      cpu: 0.2,
    }));
    const usage = usageOf(...days);
    expect(sinceRelease(usage, 3)).toMatchObject({ usage, imageDays: 14 });
    expect(adviceFor({ usage, requests: REQUESTS }).recommended?.requests.cpu).toBe("200m");
  });

  it("is not looked for where the policy says 0 days, nor where images are unknown", () => {
    const policy = guarded({ daysOfNewImage: 0 }, BARE);
    expect(
      adviceFor({ usage: released(13, 0.5, 0.1), requests: REQUESTS, policy }).recommended,
    ).not.toBeNull();
    const unknown = usageOf({ cpu: 0.2 });
    expect(sinceRelease(unknown, 3)).toEqual({ usage: unknown, imageDays: 14 });
  });

  it("makes the days before it unsure", () => {
    const young = adviceFor({ usage: released(10, 0.1, 0.1), requests: REQUESTS }).confidence;
    const old = adviceFor({ usage: usageOf({ cpu: 0.1, image: "app:1" }), requests: REQUESTS }).confidence;
    expect(young).toBeLessThan(old);
  });
});
