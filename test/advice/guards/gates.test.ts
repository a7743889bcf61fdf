import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/advice/policy.ts";
import type { Workload } from "../../../src/domain/workload.ts";
import { sketchOf } from "../../../src/usage/sketch.ts";
import type { ContainerUsage } from "../../../src/usage/usage.ts";
import { adviceFor, BARE, codes, MI, usageOf } from "../situations.ts";

const USAGE = usageOf({ cpu: 0.2, memory: 200 * MI });
const TOO_MUCH = { cpu: "1", memory: "1Gi" };

describe("nothing is advised", () => {
  const cases: [string, { workload?: Partial<Workload>; policy?: Policy }, string[]][] = [
    [
      "for a container whose policy is disabled",
      { policy: { ...BARE, mode: "disabled" } },
      ["cpu disabled", "memory disabled"],
    ],
    ["for what the pod asks for itself", { workload: { setByPod: ["memory"] } }, ["memory pod-resources"]],
    [
      "beside a vertical autoscaler that acts",
      { workload: { verticalAutoscaler: { name: "v", acts: true } } },
      ["cpu vpa", "memory vpa"],
    ],
    [
      "beside one that only advises, it is",
      { workload: { verticalAutoscaler: { name: "v", acts: false } } },
      [],
    ],
    [
      "beside one that controls memory alone, for memory",
      {
        workload: {
          verticalAutoscaler: { name: "v", acts: true, controls: [{ resources: ["memory"] }] },
        },
      },
      ["memory vpa"],
    ],
    [
      "beside one that leaves this container out, it is",
      {
        workload: {
          verticalAutoscaler: {
            name: "v",
            acts: true,
            controls: [{ resources: ["cpu", "memory"] }, { container: "app", resources: [] }],
          },
        },
      },
      [],
    ],
    [
      "for the resource that a horizontal autoscaler scales by",
      { workload: { autoscalers: [{ name: "h", resources: ["cpu"] }] } },
      ["cpu hpa"],
    ],
    [
      "where horizontal autoscalers could not be read",
      { workload: { autoscalersUnknown: true } },
      ["cpu hpa-unknown", "memory hpa-unknown"],
    ],
  ];
  it.each(cases)("%s", (_, said, expected) => {
    expect(codes(adviceFor({ usage: USAGE, requests: TOO_MUCH, ...said }))).toEqual(expected);
  });

  it("for an init container, but for a native sidecar as for any other", () => {
    const of = (role: "init" | "sidecar") =>
      codes(adviceFor({ usage: USAGE, requests: TOO_MUCH, container: { role } }));
    expect(of("init")).toEqual(["cpu init-container", "memory init-container"]);
    expect(of("sidecar")).toEqual([]);
  });

  it("and the message names who is in charge", () => {
    const workload = { verticalAutoscaler: { name: "web-vpa", acts: true } };
    expect(adviceFor({ usage: USAGE, workload }).held[0]?.message).toContain('"web-vpa"');
  });
});

describe("too little data", () => {
  const hours = (count: number, cpu: number) => {
    const [day] = usageOf({ cpu, from: 13 }).days;
    if (!day?.cpu) throw new Error("no day");
    return {
      container: "app",
      days: [{ ...day, cpu: { ...day.cpu, lastMs: day.cpu.firstMs + count * 3_600_000 } }],
    };
  };

  it("lowers nothing before a day, but raises after a quarter of it", () => {
    const at = (count: number, cpu: number) =>
      adviceFor({ usage: hours(count, cpu), requests: { cpu: "1" } });
    expect(codes(at(23, 0.1))).toContain("cpu not-enough-data");
    expect(at(24, 0.1).recommended?.requests.cpu).toBe("100m");
    expect(codes(at(5, 2))).toContain("cpu not-enough-data");
    expect(at(6, 2).recommended?.requests.cpu).toBe("2");
  });

  it("sets no first request either", () => {
    expect(codes(adviceFor({ usage: hours(23, 0.1) }))).toContain("cpu not-enough-data");
    expect(adviceFor({ usage: hours(24, 0.1) }).recommended?.requests.cpu).toBe("100m");
  });

  it("does not keep waiting what was killed for lack of memory", () => {
    const usage = usageOf({ memory: 450 * MI, from: 13, events: { oomKills: 1 } });
    const short = {
      container: "app",
      days: usage.days.map((day) =>
        day.memory ? { ...day, memory: { ...day.memory, lastMs: day.memory.firstMs + 60_000 } } : day,
      ),
    };
    const advice = adviceFor({ usage: short, requests: { memory: "500Mi" }, limits: { memory: "500Mi" } });
    expect(advice.recommended?.limits.memory).toBe("608Mi");
    expect(advice.urgent).toEqual([expect.objectContaining({ resource: "memory", code: "oom-kill" })]);
  });
});

describe("pods that live briefly", () => {
  /** A hundred runs a day of so many samples each. */
  const runs = (samples: number, memory: number): ContainerUsage => {
    const days = usageOf({ memory, cpu: 0.2 }).days.flatMap((day) =>
      Array.from({ length: 100 }, (_, run) => ({
        ...day,
        pod: `report-${day.day}-${run}`,
        ...(day.memory && {
          memory: { ...day.memory, values: sketchOf(Array<number>(samples).fill(memory)) },
        }),
      })),
    );
    return { container: "app", days };
  };

  it("are not lowered, since what they use at their height may lie between two scrapes", () => {
    const brief = adviceFor({ usage: runs(2, 100 * MI), requests: { memory: "1Gi" } });
    expect(brief.held).toContainEqual({
      resource: "memory",
      code: "short-lived",
      message:
        "100Mi would do, but half of its pods were seen at most 2 times: their highest use may lie between two scrapes",
    });
    const longer = adviceFor({ usage: runs(5, 100 * MI), requests: { memory: "1Gi" } });
    expect(longer.recommended?.requests.memory).toBe("100Mi");
  });

  it("are raised by what was seen", () => {
    const brief = adviceFor({ usage: runs(2, 900 * MI), requests: { memory: "256Mi" } });
    expect(brief.recommended?.requests.memory).toBe("912Mi");
  });
});
