import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupsOf } from "../../src/proposals/groups.ts";
import { room } from "../../src/proposals/limits.ts";
import { byUrgency } from "../../src/proposals/order.ts";
import { type Proposal, propose } from "../../src/proposals/proposal.ts";
import { METHOD, planned } from "./planned.ts";

/** Containers that ask for one core, each in a folder of its own: what they become, and whether that can't wait. */
function proposals(...given: readonly { cpu: string; urgent?: boolean }[]): Proposal[] {
  const said = { resource: "cpu" as const, code: "throttled", message: "its CPU limit throttled it" };
  const containers = given.map(({ cpu, urgent = false }, index) => ({
    ...planned({ folder: `a${index}`, cpu }),
    urgent: urgent ? [said] : [],
  }));
  return groupsOf(containers).flatMap((group) => {
    const files = [...group.touched].map((path) => ({ path, before: "a", after: "b" }));
    return propose("acme/shop", group, files, METHOD) ?? [];
  });
}

const inOrder = (all: readonly Proposal[]): string[] =>
  all.toSorted(byUrgency).map(({ containers }) => containers[0]?.recommended?.requests.cpu ?? "");

describe("pull requests are opened", () => {
  it("the biggest win first, behind what asks for too little", () => {
    expect(inOrder(proposals({ cpu: "900m" }, { cpu: "100m" }, { cpu: "1100m" }, { cpu: "2" }))).toEqual([
      "2",
      "1100m",
      "100m",
      "900m",
    ]);
  });

  it("what was killed or throttled before all others, also where it asks for less as a whole", () => {
    expect(
      inOrder(proposals({ cpu: "4" }, { cpu: "950m", urgent: true }, { cpu: "1100m", urgent: true })),
    ).toEqual(["1100m", "950m", "4"]);
  });

  it("in the same order, however they come", () => {
    const cpu = fc.constantFrom("100m", "900m", "1100m", "2");
    fc.assert(
      fc.property(fc.array(fc.record({ cpu, urgent: fc.boolean() }), { maxLength: 6 }), (given) => {
        const all = proposals(...given);
        const branches = (some: readonly Proposal[]) => some.toSorted(byUrgency).map(({ branch }) => branch);
        expect(branches(all.toReversed())).toEqual(branches(all));
      }),
    );
  });
});

describe("room for pull requests", () => {
  const limits = { open: 3, perHour: 2, perDay: 4 };
  const HOUR = 3_600_000;
  it.each([
    ["none is open", 0, [], 2],
    ["some are open", 2, [], 1],
    ["more are open than may be", 9, [], 0],
    ["one came in this hour", 0, [0.5], 1],
    ["two came in this hour", 0, [0.1, 0.9], 0],
    ["three came today", 0, [2, 3, 4], 1],
    ["four came yesterday", 0, [25, 25, 25, 25], 2],
  ] as const)("where %s", (_, open, hoursAgo, places) => {
    const now = Date.UTC(2026, 10, 20);
    const opened = hoursAgo.map((hours) => now - hours * HOUR);
    expect(room(limits, open, opened, now)).toBe(places);
  });
});
