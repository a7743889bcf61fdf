import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedContainer } from "../../src/proposals/evidence.ts";
import { groupsOf } from "../../src/proposals/groups.ts";
import {
  isInShard,
  parseShard,
  requireShared,
  sharedStore,
  shardOfJob,
} from "../../src/sweep/shards/shard.ts";
import { unitsOf } from "../../src/sweep/shards/units.ts";
import { planned } from "../proposals/planned.ts";

const letter = fc.constantFrom("a", "b", "c", "d", "e");
const given = fc.array(fc.record({ folder: letter, file: letter, cluster: letter, line: fc.nat(3) }), {
  maxLength: 12,
});

function containers(places: readonly { folder: string; file: string; cluster: string; line: number }[]) {
  return places.map(({ file, ...place }, index) =>
    planned({ ...place, name: `w${index % 7}`, file: `${file}/x.yaml` }),
  );
}

const SPLIT = { isWhole: () => false, byWorkload: () => false, byEnvironment: false };

function unitOf(all: readonly PlannedContainer[], terms = SPLIT): (one: PlannedContainer) => string {
  const units = unitsOf(
    all.flatMap(({ source }) => source.at ?? []),
    terms,
  );
  return ({ source }) => (source.at && units.get(source.at)) ?? "";
}

describe("shards", () => {
  it("together propose exactly what one process would, each pull request in one of them", () => {
    const by = fc.constantFrom("application" as const, "workload" as const);
    fc.assert(
      fc.property(given, fc.integer({ min: 1, max: 7 }), by, (places, of, grouping) => {
        const all = containers(places);
        const unit = unitOf(all, { ...SPLIT, byWorkload: () => grouping === "workload" });
        const shards = Array.from({ length: of }, (_, index) =>
          all.filter((one) => isInShard(unit(one), { number: index + 1, of })),
        );
        const described = (some: readonly PlannedContainer[]) =>
          groupsOf(some, { by: grouping }).map(({ branch, members }) =>
            [branch, ...members.map((one) => all.indexOf(one)).toSorted((a, b) => a - b)].join(" "),
          );
        const [parts, whole] = [shards.flatMap(described), described(all)];
        expect([parts.length, new Set(parts)]).toEqual([whole.length, new Set(whole)]);
      }),
    );
  });

  it("have applications that share a file in one of them, and the same whatever comes first", () => {
    fc.assert(
      fc.property(given, (places) => {
        const all = containers(places);
        const [unit, other] = [unitOf(all), unitOf(all.toReversed())];
        for (const one of all) {
          expect(other(one)).toBe(unit(one));
          for (const two of all)
            if (one.source.files?.[0] === two.source.files?.[0]) expect(unit(one)).toBe(unit(two));
        }
      }),
    );
  });

  it("share out applications evenly enough", () => {
    const counts = [1, 2, 3, 4].map(
      (number) =>
        Array.from({ length: 1000 }, (_, index) => `app-${index}`).filter((name) =>
          isInShard(name, { number, of: 4 }),
        ).length,
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(60);
  });

  it("keep together a repository that is for one pull request, and a container that waits for itself", () => {
    const all = [planned({ folder: "dev", name: "api" }), planned({ folder: "prod", name: "api" })];
    const count = (terms: typeof SPLIT) => new Set(all.map(unitOf(all, terms))).size;
    expect(count(SPLIT)).toBe(2);
    expect(count({ ...SPLIT, isWhole: () => true })).toBe(1);
    expect(count({ ...SPLIT, byEnvironment: true })).toBe(1);
  });

  it("are written 3/10, or come from an Indexed Job", () => {
    expect(parseShard("3/10")).toEqual({ number: 3, of: 10 });
    expect(shardOfJob(10, { JOB_COMPLETION_INDEX: "0" })).toEqual({ number: 1, of: 10 });
    for (const text of ["0/10", "11/10", "3", "3/0", "-1/3", "1/99999"])
      expect(() => parseShard(text)).toThrow("is no shard; write 1/10 to 10/10");
    expect(() => shardOfJob(10, {})).toThrow("JOB_COMPLETION_INDEX is not in the environment");
    expect(() => shardOfJob(10, { JOB_COMPLETION_INDEX: "10" })).toThrow("is no shard");
  });

  it("share their state on PostgreSQL", () => {
    expect(sharedStore({ store: "postgres://db/loadline" })).toBe("postgres://db/loadline");
    expect(() => sharedStore({ store: "days" })).toThrow("it has to be a postgres:// address");
    const store = "postgres://db/loadline";
    expect(() => requireShared({ store, dashboard: true })).toThrow(
      "no shard knows all that there is to tell",
    );
  });
});
