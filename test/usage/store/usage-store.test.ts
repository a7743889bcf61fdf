import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";
import type { UsageStore } from "../../../src/usage/usage-store.ts";
import { asKept, containersOn } from "./generated-days.ts";
import { type Place, PLACES } from "./places.ts";
import { daysOfRound, LOOP, roundsOf, SAVE_IN_LOOP } from "./save-in-loop.ts";

describe.for(PLACES.filter(([, available]) => available))("usage kept in %s", ([, , start]) => {
  let place: Place;
  let warnings: string[] = [];
  const open = async (): Promise<UsageStore> =>
    await openUsageStore(place.location, (warning) => warnings.push(warning));
  beforeAll(async () => {
    place = await start();
  });
  beforeEach(() => {
    warnings = [];
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  // First, since the table is not there yet.
  it("is whole where two processes make the table and save the same days at once", async () => {
    const children = await Promise.all(
      ["100", "200"].map(
        async (first) => await execa(process.execPath, [SAVE_IN_LOOP, place.location, first, "40"]),
      ),
    );
    for (const { stdout, stderr } of children) expect(stdout + stderr).not.toMatch(/warning/i);
    await using store = await open();
    const load = async (namespace: string): Promise<number[]> =>
      roundsOf(await store.load(LOOP.source, namespace, LOOP.days));
    expect([[139], [239]]).toContainEqual(await load(LOOP.namespace));
    expect(await load("own-100")).toEqual([139]);
    expect(await load("own-200")).toEqual([239]);
  });

  it("comes back exactly, in another run too", async () => {
    await fc.assert(
      fc.asyncProperty(containersOn(7), containersOn(8), fc.uuid(), async (seven, eight, namespace) => {
        await using store = await open();
        await store.save("exact", namespace, new Map([[7, seven]]));
        await store.save("exact", namespace, new Map([[8, eight]]));
        await using later = await open();
        const found = await later.load("exact", namespace, [8, 7, 6]);
        expect([...found.keys()]).toEqual([7, 8]);
        expect(asKept(found.get(7) ?? [])).toStrictEqual(asKept(seven));
        expect(asKept(found.get(8) ?? [])).toStrictEqual(asKept(eight));
      }),
      { numRuns: 10 },
    );
  });

  it("is listed by namespace and day, for one source alone, days without containers too", async () => {
    await using store = await open();
    await store.save("list", "shop", emptyDays(9, 3));
    await store.save("list", "bank", emptyDays(4));
    await store.save("another", "bank", emptyDays(5));
    await store.save("list", "empty", emptyDays());
    expect(await store.kept("list")).toEqual(
      new Map([
        ["bank", [4]],
        ["shop", [3, 9]],
      ]),
    );
    expect(await store.load("list", "shop", [3, 4, 5])).toEqual(emptyDays(3));
    expect(await store.load("list", "bank", [])).toEqual(emptyDays());
    expect(await store.load("nobody", "bank", [4])).toEqual(emptyDays());
  });

  it("is what was saved last", async () => {
    await using store = await open();
    for (const round of [1, 2]) await store.save("last", "shop", daysOfRound(round));
    expect(roundsOf(await store.load("last", "shop", LOOP.days))).toEqual([2]);
  });

  it("is told and not there where a page is cut off or another's, and only that page", async () => {
    await using store = await open();
    await store.save("damage", "shop", emptyDays(1, 2, 3));
    const page = (day: number): string => `source = 'damage' AND day = ${day}`;
    await place.run(
      `UPDATE loadline_usage_pages SET page = substr(page, 1, 3) WHERE ${page(1)};
       UPDATE loadline_usage_pages SET page = (SELECT page FROM loadline_usage_pages WHERE ${page(3)})
        WHERE ${page(2)}`,
    );
    expect(await store.load("damage", "shop", [1, 2, 3])).toEqual(emptyDays(3));
    expect(warnings).toEqual([
      "kept usage of namespace shop is damaged and read again: 1970-01-02, 1970-01-03",
    ]);
    expect(await store.kept("damage")).toEqual(new Map([["shop", [3]]]));
  });

  it("is told and not kept where a day is too large, and so large a page is not read", async () => {
    await using store = await open();
    const large = { day: 2, pod: "x".repeat(17 * 2 ** 20), container: "app" };
    await store.save("large", "shop", new Map([...emptyDays(1, 3), [2, [large]]]));
    expect(warnings).toEqual(["usage of namespace shop is too large to keep: 1970-01-03"]);
    expect(await store.kept("large")).toEqual(new Map([["shop", [1, 3]]]));
    await place.run(
      `UPDATE loadline_usage_pages SET page = ${place.zeros(17 * 2 ** 20)} WHERE source = 'large' AND day = 3`,
    );
    expect(await store.kept("large")).toEqual(new Map([["shop", [1]]]));
    expect(await store.load("large", "shop", [1, 2, 3])).toEqual(emptyDays(1));
    expect(warnings).toHaveLength(1);
  });

  it("is forgotten where it is older", async () => {
    await using store = await open();
    await store.save("old", "shop", emptyDays(-3, -2, -1));
    await store.prune(-1);
    expect(await store.kept("old")).toEqual(new Map([["shop", [-1]]]));
  });

  it("by a newer Loadline is told and left alone", async () => {
    {
      await using store = await open();
      await store.save("newer", "shop", daysOfRound(1));
    }
    await place.run("UPDATE loadline_usage_pages SET format = 2 WHERE source = 'newer'");
    {
      await using store = await open();
      expect(warnings).toEqual([expect.stringMatching(/newer Loadline too: this one leaves it alone/)]);
      expect(await store.kept("newer")).toEqual(new Map());
      await store.save("newer", "shop", daysOfRound(2));
      expect(roundsOf(await store.load("newer", "shop", LOOP.days))).toEqual([2]);
    }
    await place.run(
      `DELETE FROM loadline_usage_pages WHERE source = 'newer' AND format = 1;
       UPDATE loadline_usage_pages SET format = 1 WHERE source = 'newer'`,
    );
    await using store = await open();
    expect(roundsOf(await store.load("newer", "shop", LOOP.days))).toEqual([1]);
  });
});

function emptyDays(...days: number[]): Map<number, never[]> {
  return new Map(days.map((day) => [day, []]));
}
